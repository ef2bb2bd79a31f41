namespace AkiDb.Bridge.Host.Files;

/// <summary>The writer of each format.</summary>
internal static class RowWriters
{
    /// <param name="format">The format.</param>
    /// <param name="output">Where it writes; at its end if something is there to be gone on with.</param>
    /// <param name="dimension">The components of a vector.</param>
    /// <param name="isNew">Whether the output begins here.</param>
    public static IRowWriter Create(OutputFormat format, Stream output, int dimension, bool isNew) => format switch
    {
        OutputFormat.JsonLines => new JsonLinesWriter(output),
        OutputFormat.Npy => new NpyWriter(output, dimension),
        OutputFormat.Csv => new CsvWriter(output, dimension, isNew),
        OutputFormat.Float32 => new Float32Writer(output, dimension),
        _ => new ParquetRowWriter(output, dimension, isNew),
    };
}
