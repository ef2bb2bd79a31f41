namespace AkiDb.Bridge.Diagnostics;

/// <summary>What a model's folder says of it, as far as callers need it.</summary>
/// <param name="Dimension">The components of a vector.</param>
/// <param name="MaxTokens">The most tokens of one input.</param>
/// <param name="Pooling">How token vectors become one vector.</param>
/// <param name="Prompts">The names of its prompts.</param>
/// <param name="Space">The space of its vectors when a request asks for nothing special; null while the weights are still being hashed.</param>
public sealed record ModelFacts(int Dimension, int MaxTokens, string Pooling, IReadOnlyCollection<string> Prompts, EmbeddingSpace? Space)
{
    /// <summary>The model's family, such as <c>bert</c>; null where only the library knows it.</summary>
    public string? Architecture { get; init; }
}
