namespace AkiDb.Bridge;

/// <summary>Whether requests to the default model can be answered now.</summary>
/// <param name="State">Its engines as a whole.</param>
/// <param name="Reasons">Why it is not <see cref="BridgeState.Ready"/>; empty when it is.</param>
/// <param name="Engines">Each engine and its state.</param>
public sealed record BridgeHealth(BridgeState State, IReadOnlyList<string> Reasons, IReadOnlyList<EngineHealth> Engines)
{
    /// <summary>The other models; empty when the default one is the only one.</summary>
    public IReadOnlyList<ModelHealth> Models { get; init; } = [];
}
