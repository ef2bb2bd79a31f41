using System.IO.Pipes;
using AkiDb.Bridge.Processes;

namespace AkiDb.Bridge.UnitTests.Processes;

public sealed class PipeReadEndTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly AnonymousPipeServerStream pipe = new(PipeDirection.In);
    private readonly AnonymousPipeClientStream worker;
    private readonly Stream end;

    public PipeReadEndTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "On Windows it is the pipe itself.");
        worker = new AnonymousPipeClientStream(PipeDirection.Out, pipe.ClientSafePipeHandle);
        end = PipeReadEnd.Of(pipe);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bytes_are_read_as_they_come()
    {
        var buffer = new byte[10];
        var reading = Task.Run(() => end.Read(buffer), Stop);

        worker.Write([1, 2, 3]);

        Assert.Equal(3, await reading.WaitAsync(Patience, Stop));
        Assert.Equal([1, 2, 3], buffer[..3]);
    }

    [Fact]
    public async Task End_of_the_other_side_ends_the_stream_after_its_last_bytes()
    {
        worker.Write([7]);
        worker.Dispose();

        Assert.Equal(7, await Task.Run(end.ReadByte, Stop).WaitAsync(Patience, Stop));
        Assert.Equal(-1, await Task.Run(end.ReadByte, Stop).WaitAsync(Patience, Stop));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20)]
    public async Task Disposal_ends_the_wait_while_the_other_side_lives(int milliseconds)
    {
        var handle = pipe.SafePipeHandle;
        var reading = Task.Run(() => end.Read(new byte[10]), Stop);
        await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System, Stop);

        end.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.WaitAsync(Patience, Stop));
        Assert.True(handle.IsClosed);
    }

    [Fact]
    public void Disposed_twice_it_is_closed()
    {
        worker.Write([1]);
        end.Dispose();
        end.Dispose();

        Assert.Throws<ObjectDisposedException>(() => end.ReadByte());
    }

    public void Dispose()
    {
        end.Dispose();
        worker.Dispose();
        pipe.Dispose();
    }
}
