using AkiDb.Bridge.Engines;

namespace AkiDb.Bridge.Dispatch;

/// <summary>What batching needs of dispatch. An interface, so that every order of events can be tried on the batcher.</summary>
internal interface IBatchDispatcher
{
    /// <inheritdoc cref="EngineSelector.LeaseAsync"/>
    ValueTask<EngineLease?> LeaseAsync(EngineRequirements requirements, CancellationToken cancellationToken);

    /// <inheritdoc cref="Workers.WorkerPool.OnFreeLease"/>
    void OnFreeLease(Action callback);

    /// <summary>The engines that may compute a text.</summary>
    /// <param name="ids">Its token ids.</param>
    /// <param name="inProcessAllowed">Whether the in-process engine may stand in for workers.</param>
    /// <param name="refusal">Why none may; null when some may.</param>
    EngineRequirements RequirementsOf(ReadOnlySpan<int> ids, bool inProcessAllowed, out BridgeError? refusal);

    /// <inheritdoc cref="EngineSelector.OutOfTime"/>
    BridgeError OutOfTime(EngineRequirements requirements);

    /// <inheritdoc cref="Dispatcher.DispatchAsync"/>
    ValueTask DispatchAsync(
        TokenBatch batch, Memory<float> rows, EngineRequirements requirements, EngineLease? lease, TimeSpan remaining, Action<BatchPart> onPart, CancellationToken cancellationToken);
}
