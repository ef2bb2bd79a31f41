namespace AkiDb.Bridge.Host.Embedding;

/// <summary>The vectors of some texts.</summary>
/// <param name="Vectors">One for each, in their order.</param>
/// <param name="Space">The embedding space, in one line.</param>
/// <param name="Tokens">The tokens of all texts.</param>
/// <param name="ServedBy">The engines that computed them.</param>
internal sealed record EmbeddedTexts(IReadOnlyList<ReadOnlyMemory<float>> Vectors, string Space, long Tokens, string ServedBy);
