namespace AkiDb.Bridge;

/// <summary>What the engines of one model are doing, at one moment: of the default one, which names the others.</summary>
/// <param name="State">Its engines as a whole.</param>
/// <param name="Reasons">Why it is not <see cref="BridgeState.Ready"/>, or what else is not as it should be.</param>
/// <param name="Model">The model, as answers call it.</param>
/// <param name="Uptime">Since they were built.</param>
/// <param name="Workers">Each slot; empty when the model has no workers.</param>
/// <param name="InProcess">The engine in the host's own process.</param>
/// <param name="Queue">What waits for them.</param>
public sealed record BridgeStatus(
    BridgeState State, IReadOnlyList<string> Reasons, string Model, TimeSpan Uptime, IReadOnlyList<WorkerStatus> Workers, InProcessStatus InProcess,
    QueueStatus Queue)
{
    /// <summary>The same of every other model; empty in those, and when the default model is the only one.</summary>
    public IReadOnlyList<BridgeStatus> Models { get; init; } = [];
}
