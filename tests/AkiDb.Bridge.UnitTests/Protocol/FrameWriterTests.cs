using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Protocol;

public sealed class FrameWriterTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Frame_over_the_limit_is_refused_and_the_next_one_is_written()
    {
        using var stream = new MemoryStream();
        await using var writer = new FrameWriter(stream, 1024);

        await Assert.ThrowsAsync<ProtocolException>(async () => await WriteEmbedAsync(writer, 1, 1000, Stop));
        await PingAsync(writer, 2, Stop);

        Assert.Equal(2, (await HostFrame.ReadAsync(stream.Rewound(), Stop))!.Id);
    }

    [Fact]
    public async Task Giant_frame_and_its_successors_are_whole()
    {
        using var stream = new MemoryStream();
        await using var writer = new FrameWriter(stream, ProtocolVersion.DefaultMaxFrameBytes);

        await WriteEmbedAsync(writer, 1, 1_000_000, Stop);
        await WriteEmbedAsync(writer, 2, 10, Stop);

        stream.Rewound();
        Assert.Equal(1_000_000, (await HostFrame.ReadAsync(stream, Stop))!.Ids.Length);
        Assert.Equal(10, (await HostFrame.ReadAsync(stream, Stop))!.Ids.Length);
    }

    [Fact]
    public async Task Cancelled_wait_for_ones_turn_sends_nothing_and_leaves_the_stream_whole()
    {
        var pipe = new InMemoryPipe(1000);
        await using var writer = new FrameWriter(pipe.Write, ProtocolVersion.DefaultMaxFrameBytes);
        var stuck = WriteEmbedAsync(writer, 1, 10_000, Stop).AsTask();
        using var impatience = new CancellationTokenSource();
        var second = PingAsync(writer, 2, impatience.Token).AsTask();

        await impatience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        var third = PingAsync(writer, 3, Stop).AsTask();
        Assert.Equal(1, (await HostFrame.ReadAsync(pipe.Read, Stop))!.Id);
        Assert.Equal(3, (await HostFrame.ReadAsync(pipe.Read, Stop))!.Id);
        await Task.WhenAll(stuck, third);
    }

    [Fact]
    public async Task Cancelled_write_is_finished_all_the_same()
    {
        var pipe = new InMemoryPipe(1000);
        await using var writer = new FrameWriter(pipe.Write, ProtocolVersion.DefaultMaxFrameBytes);
        using var impatience = new CancellationTokenSource();
        var write = WriteEmbedAsync(writer, 1, 10_000, impatience.Token).AsTask();

        await impatience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
        Assert.Equal(10_000, (await HostFrame.ReadAsync(pipe.Read, Stop))!.Ids.Length);
    }

    [Fact]
    public async Task Post_to_a_busy_pipe_is_refused_at_once()
    {
        var pipe = new InMemoryPipe(1000);
        await using var writer = new FrameWriter(pipe.Write, ProtocolVersion.DefaultMaxFrameBytes);
        var stuck = WriteEmbedAsync(writer, 1, 10_000, Stop).AsTask();

        Assert.False(writer.TryPost(2L, static (output, id) => HostMessages.WriteCancel(output, id)));

        Assert.Equal(1, (await HostFrame.ReadAsync(pipe.Read, Stop))!.Id);
        await stuck;
        Assert.True(writer.TryPost(3L, static (output, id) => HostMessages.WriteCancel(output, id)));
        Assert.Equal(3, (await HostFrame.ReadAsync(pipe.Read, Stop))!.Id);
    }

    [Fact]
    public async Task Everyone_who_waits_is_told_when_the_pipe_breaks()
    {
        var pipe = new InMemoryPipe(1000);
        var writer = new FrameWriter(pipe.Write, ProtocolVersion.DefaultMaxFrameBytes);
        Task[] writes = [.. Enumerable.Range(1, 20).Select(id => WriteEmbedAsync(writer, id, 10_000, Stop).AsTask())];

        await pipe.Write.DisposeAsync();
        await pipe.Read.DisposeAsync();
        await writer.DisposeAsync();

        foreach (var write in writes)
        {
            var error = await Assert.ThrowsAnyAsync<Exception>(() => write.WaitAsync(TimeSpan.FromSeconds(10), Stop));
            Assert.True(error is IOException or ObjectDisposedException, error.ToString());
        }

        await writer.DisposeAsync();
        await Assert.ThrowsAnyAsync<ObjectDisposedException>(async () => await PingAsync(writer, 30, Stop));
    }

    [Fact]
    public async Task Concurrent_writers_never_mix_their_frames()
    {
        var pipe = new InMemoryPipe(1000);
        await using var writer = new FrameWriter(pipe.Write, ProtocolVersion.DefaultMaxFrameBytes);
        var writes = Task.WhenAll(Enumerable.Range(1, 200).Select(id => Task.Run(() => WriteEmbedAsync(writer, id, id, Stop).AsTask(), Stop)));

        var seen = new HashSet<long>();
        for (var i = 0; i < 200; i++)
        {
            var frame = await HostFrame.ReadAsync(pipe.Read, Stop);
            Assert.Equal(frame!.Id, frame.Ids.Length);
            Assert.True(seen.Add(frame.Id));
        }

        await writes;
    }

    private static ValueTask WriteEmbedAsync(FrameWriter writer, long id, int tokens, CancellationToken cancellationToken) => writer.WriteAsync(
        (id, tokens), static (output, state) => HostMessages.WriteEmbed(output, state.id, 1000, [state.tokens], new int[state.tokens]), cancellationToken);

    private static ValueTask PingAsync(FrameWriter writer, long id, CancellationToken cancellationToken) =>
        writer.WriteAsync(id, static (output, id) => HostMessages.WritePing(output, id), cancellationToken);
}
