using AkiDb.Bridge.Host.Files;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>Rows that are embedded in one request.</summary>
/// <param name="Rows">The rows, in their order.</param>
/// <param name="Digest">A digest of all rows of the input up to these.</param>
internal sealed record RowChunk(IReadOnlyList<SourceRow> Rows, string Digest)
{
    /// <summary>How many rows of the input are done with these.</summary>
    public long End => Rows[^1].Number;
}
