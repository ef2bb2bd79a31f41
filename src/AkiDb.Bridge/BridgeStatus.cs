namespace AkiDb.Bridge;

/// <summary>What the bridge and each of its workers are doing, at one moment.</summary>
/// <param name="State">The bridge as a whole.</param>
/// <param name="Reasons">Why it is not <see cref="BridgeState.Ready"/>, or what else is not as it should be.</param>
/// <param name="Model">The served model, as answers call it.</param>
/// <param name="Uptime">Since the bridge was built.</param>
/// <param name="Workers">Each slot; empty when the model has no workers.</param>
/// <param name="InProcess">The engine in the host's own process.</param>
/// <param name="Queue">What waits for them.</param>
public sealed record BridgeStatus(
    BridgeState State, IReadOnlyList<string> Reasons, string Model, TimeSpan Uptime, IReadOnlyList<WorkerStatus> Workers, InProcessStatus InProcess,
    QueueStatus Queue);
