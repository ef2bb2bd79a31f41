namespace AkiDb.Bridge;

/// <summary>What a caller may know of a model. What only its folder says is null when its state is <see cref="BridgeState.Failed"/>.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Dimension">The components of a vector.</param>
/// <param name="MaxTokens">The most tokens of one input.</param>
/// <param name="Pooling">How token vectors become one vector.</param>
/// <param name="Prompts">The named prompts.</param>
/// <param name="Space">The space of its vectors when a request asks for nothing special; null while the weights are still being hashed.</param>
/// <param name="Fallback">Whether it only answers for the model before it in the list, under the policy <see cref="FallbackPolicy.Any"/>.</param>
/// <param name="State">Whether requests can be answered now; of a fallback model, that of the model that it answers for.</param>
public sealed record ServedModelDescription(
    string Id, int? Dimension, int? MaxTokens, string? Pooling, IReadOnlyCollection<string> Prompts, EmbeddingSpace? Space, bool Fallback, BridgeState State);
