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

    private static int IndexOf(IReadOnlyList<string> columns, string name)
    {
        List<int> found = [.. columns.Index().Where(column => column.Item == name).Select(column => column.Index)];
        return found.Count > 1
            ? throw new InvalidDataException($"it has {found.Count} columns '{name}', and nothing says which one is meant. Give them different names.")
            : found is [var only] ? only : -1;
    }

    private static string List(IReadOnlyList<string> columns) => columns.Count == 0 ? "none at all" : string.Join(", ", columns.Take(20).Select(column => $"'{column}'"));
}
