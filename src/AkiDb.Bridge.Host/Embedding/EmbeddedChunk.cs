using AkiDb.Bridge.Host.Files;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>A portion of the input, embedded.</summary>
/// <param name="Chunk">The portion.</param>
/// <param name="Rows">Its rows, in their order.</param>
/// <param name="Bad">Those that have no vector, and why.</param>
/// <param name="Tokens">The tokens of all texts.</param>
/// <param name="ServedBy">The engines that computed them; null where there was nothing to compute.</param>
internal sealed record EmbeddedChunk(RowChunk Chunk, IReadOnlyList<VectorRow> Rows, IReadOnlyList<BadRow> Bad, long Tokens, string? ServedBy);
