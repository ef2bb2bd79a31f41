using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Batching;

/// <summary>An engine that answers on the thread that asks it: each row begins with the text's first id, and counts on from it.</summary>
internal sealed class InstantDispatcher : IBatchDispatcher
{
    private readonly FakeEngine engine = FakeEngine.Hanging();

    /// <summary>The batches that it was given.</summary>
    public int Batches { get; private set; }

    /// <summary>What it does with its first batch, instead of answering it.</summary>
    public Func<Action<BatchPart>, ValueTask>? First { get; init; }

    /// <summary>Whether it has a lease to give.</summary>
    public bool IsFree { get; init; } = true;

    /// <summary>Ends the wait of who asked for a lease last.</summary>
    public CancellationToken Asked { get; private set; }

    /// <summary>The text that is refused before it waits.</summary>
    public int? Refused { get; init; }

    public void OnFreeLease(Action callback)
    {
    }

    public EngineRequirements RequirementsOf(ReadOnlySpan<int> ids, bool inProcessAllowed, out BridgeError? refusal)
    {
        refusal = ids[0] == Refused ? new BridgeError(BridgeErrorKind.PoisonInput, "It kills workers.") : null;
        return new EngineRequirements(inProcessAllowed, false);
    }

    public BridgeError OutOfTime(EngineRequirements requirements) => new(BridgeErrorKind.DeadlineExceeded, "Out of time.");

    public ValueTask<EngineLease?> LeaseAsync(EngineRequirements requirements, CancellationToken cancellationToken)
    {
        Asked = cancellationToken;
        return IsFree
            ? ValueTask.FromResult<EngineLease?>(new EngineLease(engine, 8, false, false, new CancellationTokenSource()))
            : new ValueTask<EngineLease?>(Task.Delay(Timeout.Infinite, cancellationToken).ContinueWith<EngineLease?>(_ => null, TaskScheduler.Default));
    }

    public ValueTask DispatchAsync(
        TokenBatch batch, Memory<float> rows, EngineRequirements requirements, EngineLease? lease, TimeSpan remaining, Action<BatchPart> onPart, CancellationToken cancellationToken)
    {
        Batches++;
        if (Batches == 1 && First is { } first)
        {
            return first(onPart);
        }

        var dimension = rows.Length / batch.Texts;
        for (var component = 0; component < rows.Length; component++)
        {
            rows.Span[component] = batch.Slice(component / dimension, 1).Ids.Span[0] + (component % dimension);
        }

        onPart(new BatchPart(0, batch.Texts, new DispatchReply(null, "engine", "float32", TimeSpan.Zero, false)));
        lease?.Dispose();
        return ValueTask.CompletedTask;
    }
}
