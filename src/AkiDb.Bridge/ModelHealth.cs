namespace AkiDb.Bridge;

/// <summary>Whether requests to a further model can be answered now.</summary>
/// <param name="Model">The model, as answers call it.</param>
/// <param name="State">Its engines as a whole.</param>
/// <param name="Reasons">Why it is not <see cref="BridgeState.Ready"/>; empty when it is.</param>
public sealed record ModelHealth(string Model, BridgeState State, IReadOnlyList<string> Reasons);
