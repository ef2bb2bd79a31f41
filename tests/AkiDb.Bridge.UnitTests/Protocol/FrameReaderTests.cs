using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Protocol;

public sealed class FrameReaderTests
{
    private const int Limit = ProtocolVersion.DefaultMaxFrameBytes;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(64 * 1024)]
    [InlineData(int.MaxValue)]
    public async Task Frames_are_read_however_the_stream_is_cut(int piece)
    {
        var sink = new RowsSink();
        var rows = sink.Expect(7, 6);
        byte[] stream = [.. WorkerFrames.Hello(), .. WorkerFrames.Rows(7, 2, 3, [1, 2, 3, 4, 5, 6]), .. WorkerFrames.Pong(8), .. WorkerFrames.Progress(9)];
        using var reader = new FrameReader(new ScriptedStream(stream, piece), Limit, sink);

        Assert.IsType<HelloMessage>(await reader.ReadAsync(Stop));
        Assert.IsType<RowsMessage>(await reader.ReadAsync(Stop));
        Assert.Equal(8, Assert.IsType<PongMessage>(await reader.ReadAsync(Stop)).Id);
        Assert.Equal(9, Assert.IsType<ProgressMessage>(await reader.ReadAsync(Stop)).Id);
        Assert.Null(await reader.ReadAsync(Stop));
        Assert.Equal([1, 2, 3, 4, 5, 6], rows);
    }

    [Theory]
    [MemberData(nameof(GoldenFrame.FromWorker), MemberType = typeof(GoldenFrame))]
    public async Task Stream_that_ends_within_a_frame_is_an_error_at_every_byte(string file)
    {
        var frame = GoldenFrame.Named(file).Read();
        for (var length = 1; length < frame.Length; length++)
        {
            using var reader = new FrameReader(new ScriptedStream(frame[..length]), Limit, new RowsSink());
            await Assert.ThrowsAsync<ProtocolException>(async () => await reader.ReadAsync(Stop));
        }
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(100_000)]
    [InlineData(int.MaxValue)]
    public async Task Rows_larger_than_the_buffer_go_straight_to_their_memory(int piece)
    {
        float[] values = [.. Enumerable.Range(0, 200 * 384).Select(i => i / 7f)];
        var sink = new RowsSink();
        var rows = sink.Expect(1, values.Length);
        var stream = new ScriptedStream([.. WorkerFrames.Rows(1, 200, 384, values), .. WorkerFrames.Pong(2)], piece);
        using var reader = new FrameReader(stream, Limit, sink);

        Assert.IsType<RowsMessage>(await reader.ReadAsync(Stop));

        Assert.Equal(values, rows);
        Assert.True(stream.LargestRead > 64 * 1024, "The floats were copied through the reader's own buffer.");
        Assert.IsType<PongMessage>(await reader.ReadAsync(Stop));
    }

    [Theory]
    [InlineData(6)]
    [InlineData(200 * 384)]
    public async Task Rows_that_nobody_waits_for_are_skipped(int values)
    {
        var sink = new RowsSink();
        byte[] stream = [.. WorkerFrames.Rows(99, 1, values, new float[values]), .. WorkerFrames.Pong(2)];
        using var reader = new FrameReader(new ScriptedStream(stream, 5_000), Limit, sink);

        Assert.IsType<RowsMessage>(await reader.ReadAsync(Stop));
        Assert.Equal(2, Assert.IsType<PongMessage>(await reader.ReadAsync(Stop)).Id);
        Assert.Equal(99, Assert.Single(sink.Refused).Id);
        Assert.Empty(sink.Completed);
    }

    [Fact]
    public async Task Rows_whose_bytes_are_not_count_times_dimension_are_refused()
    {
        var sink = new RowsSink();
        sink.Expect(1, 6);
        using var reader = new FrameReader(new ScriptedStream(WorkerFrames.Rows(1, 2, 3, new float[5])), Limit, sink);

        await Assert.ThrowsAsync<ProtocolException>(async () => await reader.ReadAsync(Stop));
        Assert.Empty(sink.Completed);
    }

    [Fact]
    public async Task Data_in_another_message_than_rows_never_passes_for_frames()
    {
        // The bytes of 'data' are themselves a frame with rows: they must not be read as one.
        var hidden = WorkerFrames.Rows(1, 1, 1, [42]);
        var sink = new RowsSink();
        var memory = sink.Expect(1, 1);
        var frame = WorkerFrames.Map(
            "progress", ("id", WorkerFrames.Whole(1)), ("stage", WorkerFrames.Text("s")), ("fraction", WorkerFrames.Real(1)),
            ("data", WorkerFrames.Raw([0xC4, (byte)hidden.Length, .. hidden])));
        using var reader = new FrameReader(new ScriptedStream([.. frame, .. WorkerFrames.Pong(2)]), Limit, sink);

        await Assert.ThrowsAsync<ProtocolException>(async () =>
        {
            while (await reader.ReadAsync(Stop) is not null)
            {
            }
        });
        Assert.Equal(0, memory[0]);
    }

    [Fact]
    public async Task Frame_longer_than_its_message_is_refused()
    {
        byte[] content = [.. WorkerFrames.Pong(1)[4..], 0xC0];
        using var reader = new FrameReader(new ScriptedStream(WorkerFrames.Frame(content)), Limit, new RowsSink());

        await Assert.ThrowsAsync<ProtocolException>(async () => await reader.ReadAsync(Stop));
    }

    [Fact]
    public async Task Nothing_but_its_own_messages_is_accepted()
    {
        using var reader = new FrameReader(new ScriptedStream(WorkerFrames.Map("embed", ("id", WorkerFrames.Whole(1)))), Limit, new RowsSink());

        var error = await Assert.ThrowsAsync<ProtocolException>(async () => await reader.ReadAsync(Stop));
        Assert.Contains("'embed'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Loading checkpoint shards: 100%")]
    [InlineData("Traceback (most recent call last):\n")]
    [InlineData("\0\0\0\0")]
    public async Task Text_on_stdout_is_an_error(string text)
    {
        using var reader = new FrameReader(new ScriptedStream(System.Text.Encoding.UTF8.GetBytes(text)), Limit, new RowsSink());

        await Assert.ThrowsAsync<ProtocolException>(async () => await reader.ReadAsync(Stop));
    }
}
