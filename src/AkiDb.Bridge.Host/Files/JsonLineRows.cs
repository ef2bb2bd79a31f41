using System.Runtime.CompilerServices;
using System.Text.Json;

namespace AkiDb.Bridge.Host.Files;

/// <summary>A JSON object a line, with the text in one of its members; or a JSON string a line. Empty lines are no rows.</summary>
/// <param name="input">The bytes, in UTF-8.</param>
/// <param name="field">The member with the text; a dot leads into an object.</param>
/// <param name="idField">The member that names the row; null for none.</param>
internal sealed class JsonLineRows(Stream input, string field, string? idField) : IRowReader
{
    private const int MostBytes = 64 * 1024 * 1024;

    /// <inheritdoc/>
    public async IAsyncEnumerable<SourceRow> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var line in new BoundedLines(input, MostBytes).ReadAsync(cancellationToken))
        {
            if (line.IsTooLong)
            {
                yield return SourceRow.Bad(line.Number, $"it has more than {MostBytes} bytes. Split it into several lines.");
            }
            else if (line.Bytes.Span.ContainsAnyExcept(" \t\r"u8))
            {
                yield return Read(line);
            }
        }
    }

    private SourceRow Read(InputLine line)
    {
        try
        {
            using var json = JsonDocument.Parse(line.Bytes);
            var isText = json.RootElement.ValueKind == JsonValueKind.String;
            return (isText ? json.RootElement : Find(json.RootElement, field)) is not { } text ? SourceRow.Bad(line.Number, $"it has no member '{field}'. Choose another one with --field.")
                : text.ValueKind != JsonValueKind.String ? SourceRow.Bad(line.Number, $"its member '{field}' is no string.")
                : isText || idField is null ? new SourceRow(line.Number, null, text.GetString(), null)
                : Find(json.RootElement, idField) is { ValueKind: JsonValueKind.String or JsonValueKind.Number } id
                    ? new SourceRow(line.Number, id.ValueKind == JsonValueKind.Number ? new RowId(id.GetRawText(), IsNumber: true) : new RowId(id.GetString()!, IsNumber: false), text.GetString(), null)
                : SourceRow.Bad(line.Number, $"its member '{idField}' is neither a string nor a number, or is missing.");
        }
        catch (JsonException error)
        {
            return SourceRow.Bad(line.Number, $"it is no JSON from byte {error.BytePositionInLine + 1} on.");
        }
        catch (InvalidOperationException)
        {
            return SourceRow.Bad(line.Number, StrictUtf8.TryRead(line.Bytes.Span, out _, out var reason) ? "its string is no valid Unicode text." : reason!);
        }
    }

    // A member may have a dot in its name.
    private static JsonElement? Find(JsonElement from, string path)
    {
        if (from.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (from.TryGetProperty(path, out var found))
        {
            return found;
        }

        for (var dot = path.IndexOf('.'); dot >= 0; dot = path.IndexOf('.', dot + 1))
        {
            if (from.TryGetProperty(path[..dot], out var inner) && Find(inner, path[(dot + 1)..]) is { } deeper)
            {
                return deeper;
            }
        }

        return null;
    }
}
