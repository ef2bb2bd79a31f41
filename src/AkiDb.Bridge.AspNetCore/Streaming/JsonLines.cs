using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using AkiDb.Bridge.Diagnostics;

namespace AkiDb.Bridge.AspNetCore.Streaming;

/// <summary>Newline-delimited JSON: each line is a string, or an object with <c>text</c> and perhaps <c>id</c>.</summary>
/// <param name="inBase64">Whether vectors are written as base64.</param>
internal sealed class JsonLines(bool inBase64) : StreamFormat
{
    private const string Example = "{\"id\": 1, \"text\": \"a text\"} or \"a text\"";

    // Of the line that is not complete yet: a sender of tiny pieces must not have it searched again and again.
    private int searched;

    /// <inheritdoc/>
    public override string ContentType => "application/x-ndjson";

    /// <inheritdoc/>
    public override int TryRead(ReadOnlySpan<byte> buffer, bool isEnd, long number, out StreamLine line)
    {
        line = default;
        var end = buffer[searched..].IndexOf((byte)'\n') is >= 0 and var found ? searched + found : -1;
        if (end < 0 && (!isEnd || buffer.IsEmpty))
        {
            searched = buffer.Length;
            return 0;
        }

        searched = 0;
        var content = end < 0 ? buffer : buffer[..end];
        line = Read(number == 1 && content.StartsWith("\uFEFF"u8) ? content["\uFEFF"u8.Length..] : content, number) with { Bytes = content.Length };
        return end < 0 ? buffer.Length : end + 1;
    }

    /// <inheritdoc/>
    public override int Skip(ReadOnlySpan<byte> buffer, out bool isEnd)
    {
        searched = 0;
        var end = buffer.IndexOf((byte)'\n');
        isEnd = end >= 0;
        return isEnd ? end + 1 : buffer.Length;
    }

    /// <inheritdoc/>
    public override void Write(IBufferWriter<byte> output, in StreamLine line, in LineAnswer answer, Func<string, string> show)
    {
        using var writer = new Utf8JsonWriter(output, JsonVectors.Options);
        writer.WriteStartObject();
        writer.WritePropertyName("id");
        writer.WriteRawValue(line.Id ?? "null"u8, skipInputValidation: true);
        if (answer.Error is { } error)
        {
            writer.WriteNumber("line", line.Number);
            writer.WriteString("code", ProblemCodes.Of(error.Kind));
            writer.WriteString("detail", show(ForeignText.Cut(error.Message, ProblemWriter.LongestDetail)));
        }
        else
        {
            writer.WritePropertyName("embedding");
            JsonVectors.Write(writer, answer.Vector.Span, inBase64);
            writer.WriteNumber("tokens", answer.Tokens);
            writer.WriteBoolean("truncated", answer.Truncated);
        }

        writer.WriteEndObject();
        writer.Flush();
        output.Write("\n"u8);
    }

    private static StreamLine Read(ReadOnlySpan<byte> line, long number)
    {
        byte[]? id = null;
        try
        {
            if (!Utf8.IsValid(line))
            {
                return new StreamLine(number, null, null, Bad("The line is not UTF-8."), 0);
            }

            var reader = new Utf8JsonReader(line);
            if (!reader.Read())
            {
                return new StreamLine(number, null, null, Empty, 0);
            }

            var (text, error) = reader.TokenType switch
            {
                JsonTokenType.String => (reader.GetString(), null),
                JsonTokenType.StartObject => ReadObject(ref reader, line, ref id),
                _ => ((string?)null, Bad($"The line is neither a string nor an object; send {Example}.")),
            };
            if (error is null)
            {
                // Whatever follows is an error.
                reader.Read();
            }

            return new StreamLine(number, id, error is null ? text : null, error, 0);
        }
        catch (JsonException error)
        {
            return new StreamLine(number, id, null, line.Trim(" \t\r"u8).IsEmpty ? Empty : Bad($"The line is not valid JSON: byte {error.BytePositionInLine + 1}."), 0);
        }
        catch (InvalidOperationException)
        {
            return new StreamLine(number, id, null, Bad("The text is not well-formed: it holds half of a surrogate pair (\\ud800 to \\udfff)."), 0);
        }
    }

    private static BridgeError Empty => Bad($"The line is empty; send {Example}.");

    private static (string? Text, BridgeError? Error) ReadObject(ref Utf8JsonReader reader, ReadOnlySpan<byte> line, ref byte[]? id)
    {
        string? text = null;
        var (hasId, hasText) = (false, false);
        BridgeError? wrong = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isId, isText) = (reader.ValueTextEquals("id"u8), reader.ValueTextEquals("text"u8));
            var name = isId || isText ? "" : ForeignText.Shorten(reader.GetString()!);
            reader.Read();
            if ((isId && hasId) || (isText && hasText))
            {
                wrong ??= Bad($"'{(isId ? "id" : "text")}' appears twice.");
            }

            if (isId)
            {
                hasId = true;
                wrong ??= ReadId(ref reader, line, ref id);
            }
            else if (isText && reader.TokenType == JsonTokenType.String)
            {
                (hasText, text) = (true, reader.GetString());
            }
            else
            {
                wrong ??= Bad(isText ? "'text' must be a string." : $"'{name}' is not a member of a line. Known are: id, text.");
            }

            // An id behind what is wrong still says whose error it is.
            reader.Skip();
        }

        return (text, wrong ?? (hasText ? null : Bad($"The line has no 'text'; send {Example}.")));
    }

    private static BridgeError? ReadId(ref Utf8JsonReader reader, ReadOnlySpan<byte> line, ref byte[]? id)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        var raw = line[(int)reader.TokenStartIndex..(int)reader.BytesConsumed];
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number) || raw.Length > LongestId)
        {
            return Bad($"'id' must be a string or a number, of {LongestId} bytes at most.");
        }

        id = raw.ToArray();
        return null;
    }
}
