namespace AkiDb.Bridge.Host.Files;

/// <summary>A row of an input: a text, or the reason why there is none.</summary>
/// <param name="Line">Where it begins: a line, in Parquet a row, from 1 on.</param>
/// <param name="Id">The value of the field that names rows; null where none does.</param>
/// <param name="Text">The text; null where it cannot be read.</param>
/// <param name="Reason">What is wrong with it, as the second half of a sentence about it; null where it is a text.</param>
internal readonly record struct SourceRow(long Line, RowId? Id, string? Text, string? Reason)
{
    /// <summary>The file that it stands in.</summary>
    public string File { get; init; } = "";

    /// <summary>Its number in all files together, from 1 on.</summary>
    public long Number { get; init; }

    public static SourceRow Bad(long line, string reason) => new(line, null, null, reason);
}
