using AkiDb.Bridge.Engines;

namespace AkiDb.Bridge.UnitTests.Doubles;

/// <summary>An engine that does what the test says.</summary>
internal sealed class FakeEngine(Func<TokenBatch, Memory<float>, CancellationToken, ValueTask<EngineReply>> embed, string precision = "float32")
    : IEngine, IAsyncDisposable
{
    public int Calls { get; private set; }

    /// <summary>What was left of the deadline at each call.</summary>
    public List<TimeSpan> Timeouts { get; } = [];

    public int Disposals { get; private set; }

    public string Name => "in-process";

    public string Precision => precision;

    public static FakeEngine Answering(params float[] row) => new((batch, rows, _) =>
    {
        for (var text = 0; text < batch.Texts; text++)
        {
            row.CopyTo(rows[(text * row.Length)..]);
        }

        return new(new EngineReply(null, TimeSpan.FromMilliseconds(1)));
    });

    public static FakeEngine Failing(BridgeErrorKind kind, string message = "It failed.") =>
        new((_, _, _) => new(new EngineReply(new BridgeError(kind, message), TimeSpan.Zero)));

    public static FakeEngine Hanging() => new(async (_, _, cancellationToken) =>
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        return default;
    });

    public ValueTask<EngineReply> EmbedAsync(TokenBatch batch, Memory<float> rows, TimeSpan timeout, CancellationToken cancellationToken)
    {
        Calls++;
        Timeouts.Add(timeout);
        return embed(batch, rows, cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        Disposals++;
        return ValueTask.CompletedTask;
    }
}
