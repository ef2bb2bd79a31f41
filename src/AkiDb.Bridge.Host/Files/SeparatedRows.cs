using System.Runtime.CompilerServices;
using System.Text;
using nietras.SeparatedValues;

namespace AkiDb.Bridge.Host.Files;

/// <summary>Comma- or tab-separated values as RFC 4180 has them: the first row names the columns, and a quoted field may hold line ends.</summary>
/// <remarks>
/// Fields are taken apart as Latin-1, a character being a byte, and then read as UTF-8: a field that is not UTF-8 is an error of its row, not of the file.
/// </remarks>
/// <param name="input">The bytes, in UTF-8.</param>
/// <param name="separator">What stands between fields.</param>
/// <param name="column">The column with the text; null for the one called text, or the only one.</param>
/// <param name="idColumn">The column that names rows; null for none.</param>
internal sealed class SeparatedRows(Stream input, char separator, string? column, string? idColumn) : IRowReader
{
    private const char Quote = '"';
    private const string BadQuotes = "its quotes are not those of RFC 4180, and what stands behind them may be other rows; a field with a quote in it must be in quotes, and that quote doubled.";

    /// <inheritdoc/>
    public async IAsyncEnumerable<SourceRow> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var text = new StreamReader(input, Encoding.Latin1, detectEncodingFromByteOrderMarks: false);
        using var reader = await Sep.New(separator).Reader(options => options with { HasHeader = false, DisableColCountCheck = true }).FromAsync(text, cancellationToken);
        if (!await reader.MoveNextAsync(cancellationToken))
        {
            yield break;
        }

        var columns = Header(reader.Current);
        var (textColumn, id) = (ColumnChoice.OfText(columns, column), ColumnChoice.OfId(columns, idColumn));
        while (await reader.MoveNextAsync(cancellationToken))
        {
            if (columns.Count == 1 || !IsEmptyLine(reader.Current))
            {
                yield return Read(reader.Current, columns.Count, textColumn, id);
            }
        }
    }

    private static bool IsEmptyLine(SepReader.Row row) => row.ColCount == 1 && row[0].Span.IsEmpty;

    private static List<string> Header(SepReader.Row row)
    {
        var columns = new List<string>();
        for (var i = 0; i < row.ColCount; i++)
        {
            columns.Add(TryRead(row[i].Span, i, out var name, out var reason) ? name! : throw new InvalidDataException($"the name of its column {i + 1} cannot be read: {reason}"));
        }

        return columns;
    }

    private static SourceRow Read(SepReader.Row row, int columns, int textColumn, int? idColumn)
    {
        // A separator that nobody has quoted moves or cuts the text: it would get the vector of another one.
        if (row.ColCount != columns)
        {
            return SourceRow.Bad(row.LineNumberFrom, $"its number of columns is {row.ColCount}, and {columns} have a name; a field with a separator or a quote in it must be in quotes.");
        }

        // So does a quote that is not one of a quoted field's, whichever column it is in.
        for (var i = 0; i < row.ColCount; i++)
        {
            if (!HasGoodQuotes(row[i].Span))
            {
                return SourceRow.Bad(row.LineNumberFrom, BadQuotes);
            }
        }

        RowId? id = null;
        if (idColumn is { } index)
        {
            if (!TryRead(row[index].Span, index, out var name, out var unreadable))
            {
                return SourceRow.Bad(row.LineNumberFrom, unreadable!);
            }

            id = new RowId(name!, IsNumber: false);
        }

        return TryRead(row[textColumn].Span, textColumn, out var text, out var reason) ? new SourceRow(row.LineNumberFrom, id, text, null) : SourceRow.Bad(row.LineNumberFrom, reason!);
    }

    private static bool TryRead(ReadOnlySpan<char> field, int column, out string? text, out string? reason)
    {
        if (!HasGoodQuotes(field))
        {
            (text, reason) = (null, BadQuotes);
            return false;
        }

        ReadOnlySpan<char> content = field.Contains(Quote) ? field[1..^1].ToString().Replace("\"\"", "\"", StringComparison.Ordinal) : field;
        var bytes = new byte[content.Length];
        Encoding.Latin1.GetBytes(content, bytes);
        return StrictUtf8.TryRead(bytes, out text, out reason, $"the bytes of its column {column + 1} are");
    }

    // In quotes from its beginning to its end, and each one within doubled, or without any. A quote elsewhere makes the separators and line ends behind it part of the field.
    private static bool HasGoodQuotes(ReadOnlySpan<char> field)
    {
        if (!field.Contains(Quote))
        {
            return true;
        }

        if (field is not [Quote, .. var inner, Quote])
        {
            return false;
        }

        for (int at; (at = inner.IndexOf(Quote)) >= 0; inner = inner[(at + 2)..])
        {
            if (at + 1 == inner.Length || inner[at + 1] != Quote)
            {
                return false;
            }
        }

        return true;
    }
}
