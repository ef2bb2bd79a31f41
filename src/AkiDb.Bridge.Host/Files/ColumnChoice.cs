namespace AkiDb.Bridge.Host.Files;

/// <summary>Which column of a table is meant.</summary>
internal static class ColumnChoice
{
    private const string Usual = "text";

    /// <summary>The column with the text: the one that was named, else the one that is called text, else the only one.</summary>
    /// <exception cref="InvalidDataException">There is no such column.</exception>
    public static int OfText(IReadOnlyList<string> columns, string? name)
    {
        var found = name is not null ? IndexOf(columns, name) : columns.Count == 1 ? 0 : IndexOf(columns, Usual);
        return found >= 0 ? found : throw new InvalidDataException(
            $"it has no column '{name ?? Usual}', but {List(columns)}. Name the one with the texts with --field.");
    }

    /// <summary>The column that names rows.</summary>
    /// <exception cref="InvalidDataException">There is no such column.</exception>
    public static int? OfId(IReadOnlyList<string> columns, string? name) => name is null ? null
        : IndexOf(columns, name) is >= 0 and var found ? found
        : throw new InvalidDataException($"it has no column '{name}', but {List(columns)}. Name the one with the names of the rows with --id.");

    private static int IndexOf(IReadOnlyList<string> columns, string name) =>
        columns.Select((column, index) => (column, index)).Where(entry => entry.column == name).Select(entry => (int?)entry.index).FirstOrDefault() ?? -1;

    private static string List(IReadOnlyList<string> columns) => columns.Count == 0 ? "none at all" : string.Join(", ", columns.Take(20).Select(column => $"'{column}'"));
}
