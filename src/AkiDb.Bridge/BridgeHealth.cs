namespace AkiDb.Bridge;

/// <summary>Whether requests can be answered now.</summary>
/// <param name="State">The bridge as a whole.</param>
/// <param name="Reasons">Why it is not <see cref="BridgeState.Ready"/>; empty when it is.</param>
/// <param name="Engines">Each engine and its state.</param>
public sealed record BridgeHealth(BridgeState State, IReadOnlyList<string> Reasons, IReadOnlyList<EngineHealth> Engines);
