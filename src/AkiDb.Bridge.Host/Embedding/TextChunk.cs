namespace AkiDb.Bridge.Host.Embedding;

/// <summary>Texts that came together.</summary>
/// <param name="First">The number of the first one, from 1 on.</param>
/// <param name="Texts">The texts.</param>
internal sealed record TextChunk(long First, IReadOnlyList<string> Texts);
