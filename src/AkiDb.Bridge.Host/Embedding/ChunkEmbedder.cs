using AkiDb.Bridge.Host.Files;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>Embeds a portion; a row that cannot be embedded costs the others nothing.</summary>
/// <param name="embedder">What embeds.</param>
/// <param name="space">The space of all rows.</param>
internal sealed class ChunkEmbedder(ITextEmbedder embedder, string space)
{
    /// <summary>Whether a portion is only sent when the one before it was answered.</summary>
    public bool IsOneAtATime => embedder.RequestsAtATime == 1;

    /// <exception cref="BridgeException">The portion cannot be embedded, whatever is left out of it.</exception>
    public async Task<EmbeddedChunk> EmbedAsync(RowChunk chunk, CancellationToken cancellationToken)
    {
        var bad = chunk.Rows.Where(row => row.Text is null).ToDictionary(row => row.Number, row => row.Reason!);
        while (true)
        {
            List<SourceRow> good = [.. chunk.Rows.Where(row => !bad.ContainsKey(row.Number))];
            if (good.Count == 0)
            {
                return new EmbeddedChunk(chunk, Rows(chunk, []), BadRows(chunk, bad), 0, null);
            }

            try
            {
                var result = await embedder.EmbedAsync(good.ConvertAll(row => row.Text!), space, cancellationToken);
                Check(result, good.Count);
                var vectors = good.Zip(result.Vectors).ToDictionary(pair => pair.First.Number, pair => pair.Second);
                return new EmbeddedChunk(chunk, Rows(chunk, vectors), BadRows(chunk, bad), result.Tokens, result.ServedBy);
            }
            catch (BridgeException error) when (IndexOfBad(error.Error, good.Count) is { } index)
            {
                bad.Add(good[index].Number, error.Error.Message.Replace($"inputs[{index}]", "it", StringComparison.Ordinal));
            }
        }
    }

    // Whoever answers: a vector of another space, or of another text, is never a row.
    private void Check(EmbeddedTexts result, int count)
    {
        if (result.Vectors.Count != count)
        {
            throw new BridgeException(new BridgeError(BridgeErrorKind.EngineFault, $"{count} texts were answered with {result.Vectors.Count} vectors by {result.ServedBy}."));
        }

        StoredSpace.Expect(space, result.Space);
    }

    // What is too large for a request of its own is no mistake of a neighbour.
    private static int? IndexOfBad(BridgeError error, int count) => error.InputIndex is { } index && index >= 0 && index < count
        ? index
        : count == 1 && error.Kind == BridgeErrorKind.TooLarge ? 0 : null;

    private static List<VectorRow> Rows(RowChunk chunk, Dictionary<long, ReadOnlyMemory<float>> vectors) =>
        [.. chunk.Rows.Select(row => new VectorRow(row.Id ?? RowId.Of(row.Number), vectors.TryGetValue(row.Number, out var vector) ? (ReadOnlyMemory<float>?)vector : null))];

    private static List<BadRow> BadRows(RowChunk chunk, Dictionary<long, string> bad) =>
        [.. chunk.Rows.Where(row => bad.ContainsKey(row.Number)).Select(row => new BadRow(row.File, row.Line, row.Number, bad[row.Number]))];
}
