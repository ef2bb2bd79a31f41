using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkiDb.Bridge.UnitTests.Doubles;

/// <summary>The worker's end of a connection: what a process would be, without the process.</summary>
internal sealed class InMemoryWorker : IAsyncDisposable
{
    private readonly InMemoryPipe toWorker;
    private readonly InMemoryPipe toHost;
    private Task serving = Task.CompletedTask;

    public InMemoryWorker(int capacity = 64 * 1024, int maxFrameBytes = ProtocolVersion.DefaultMaxFrameBytes, TimeProvider? time = null)
    {
        toWorker = new InMemoryPipe(capacity);
        toHost = new InMemoryPipe(16 * 1024 * 1024);
        Connection = new WorkerConnection(toWorker.Write, toHost.Read, maxFrameBytes, ReplyThreads.Start, time ?? TimeProvider.System, NullLogger.Instance);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public WorkerConnection Connection { get; }

    public Worker AsWorker(int slot = 0, int dimension = 2, string precision = "float32") => new(slot, Connection, dimension, precision);

    public async Task SendAsync(byte[] bytes) => await toHost.Write.WriteAsync(bytes, Stop);

    public async Task<HostFrame> ReceiveAsync() =>
        await HostFrame.ReadAsync(toWorker.Read, Stop).WaitAsync(TimeSpan.FromSeconds(10), Stop) ?? throw new EndOfStreamException();

    /// <summary>Ends stdout: what the host sees of a dead process.</summary>
    public void CloseOutput() => toHost.Write.Dispose();

    /// <summary>Ends stdin: whatever the host writes fails.</summary>
    public void CloseInput() => toWorker.Read.Dispose();

    public void Die()
    {
        CloseInput();
        CloseOutput();
    }

    /// <summary>Answers every batch with <paramref name="answer"/> until the host closes the pipe.</summary>
    public InMemoryWorker Serving(Func<HostFrame, byte[]?> answer)
    {
        serving = ServeAsync(answer);
        return this;
    }

    /// <summary>Answers every batch with rows of one value.</summary>
    public InMemoryWorker Answering(float value, int dimension = 2) =>
        Serving(frame => WorkerFrames.Rows(frame.Id, frame.Lengths.Length, dimension, [.. Enumerable.Repeat(value, frame.Lengths.Length * dimension)]));

    public async ValueTask DisposeAsync()
    {
        Die();
        await Connection.DisposeAsync();
        await serving;
    }

    public static TokenBatch Batch(int texts = 1) => new(Enumerable.Range(0, texts * 2).ToArray(), Enumerable.Repeat(2, texts).ToArray());

    public static TokenBatch OneText(int tokens) => new(new int[tokens], Enumerable.Repeat(tokens, 1).ToArray());

    private async Task ServeAsync(Func<HostFrame, byte[]?> answer)
    {
        try
        {
            while (await HostFrame.ReadAsync(toWorker.Read, Stop) is { } frame)
            {
                var reply = frame.Type switch
                {
                    "embed" => answer(frame),
                    "ping" => WorkerFrames.Pong(frame.Id),
                    _ => null,
                };
                if (reply is not null)
                {
                    await SendAsync(reply);
                }
            }
        }
        catch (Exception error) when (error is IOException or InvalidOperationException or OperationCanceledException)
        {
            // The test has ended this worker.
        }
    }
}
