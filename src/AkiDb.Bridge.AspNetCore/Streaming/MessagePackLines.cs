using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using AkiDb.Bridge.Diagnostics;
using MessagePack;

namespace AkiDb.Bridge.AspNetCore.Streaming;

/// <summary>MessagePack messages one behind the other: each is a string, or a map with <c>text</c> and perhaps <c>id</c>; vectors are a <c>bin</c> of little-endian float32.</summary>
internal sealed class MessagePackLines : StreamFormat
{
    private const int ErrorMembers = 4;
    private const int AnswerMembers = 4;

    // Of the message that is not complete yet: a sender of tiny pieces must not have it scanned again and again, nor when it is passed over.
    private MessagePackScan scan = new();
    private int scanned;

    /// <inheritdoc/>
    public override bool IsBroken => scan.IsBroken;

    /// <inheritdoc/>
    public override string ContentType => "application/x-msgpack";

    /// <inheritdoc/>
    public override int TryRead(ReadOnlySpan<byte> buffer, bool isEnd, long number, out StreamLine line)
    {
        line = default;
        if (buffer.IsEmpty)
        {
            return 0;
        }

        scanned += scan.Pass(buffer[scanned..]);
        if (scan.IsBroken || (isEnd && !scan.IsAtEnd))
        {
            line = new StreamLine(number, null, null, Bad("The message is not valid MessagePack, or is cut off. What follows it cannot be read."), buffer.Length);
            return buffer.Length;
        }

        if (!scan.IsAtEnd)
        {
            return 0;
        }

        var length = scanned;
        (scan, scanned) = (new(), 0);
        line = Read(buffer[..length].ToArray(), number);
        return length;
    }

    /// <inheritdoc/>
    public override int Skip(ReadOnlySpan<byte> buffer, out bool isEnd)
    {
        // What was scanned before is still there the first time.
        var length = scanned + scan.Pass(buffer[scanned..]);
        scanned = 0;
        isEnd = scan.IsAtEnd || scan.IsBroken;
        if (scan.IsAtEnd)
        {
            scan = new();
        }

        return length;
    }

    /// <inheritdoc/>
    public override void Write(IBufferWriter<byte> output, in StreamLine line, in LineAnswer answer, Func<string, string> show)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteMapHeader(answer.Error is null ? AnswerMembers : ErrorMembers);
        writer.Write("id");
        if (line.Id is { } id)
        {
            writer.WriteRaw(id);
        }
        else
        {
            writer.WriteNil();
        }

        if (answer.Error is { } error)
        {
            writer.Write("line");
            writer.Write(line.Number);
            writer.Write("code");
            writer.Write(ProblemCodes.Of(error.Kind));
            writer.Write("detail");
            writer.Write(show(ForeignText.Cut(error.Message, ProblemWriter.LongestDetail)));
        }
        else
        {
            writer.Write("embedding");
            writer.Write(MemoryMarshal.AsBytes(answer.Vector.Span));
            writer.Write("tokens");
            writer.Write(answer.Tokens);
            writer.Write("truncated");
            writer.Write(answer.Truncated);
        }

        writer.Flush();
    }

    private static StreamLine Read(byte[] message, long number)
    {
        byte[]? id = null;
        var reader = new MessagePackReader(message);
        try
        {
            var (text, error) = reader.NextMessagePackType switch
            {
                MessagePackType.String => ReadText(message),
                MessagePackType.Map => ReadMap(ref reader, message, ref id),
                _ => ((string?)null, Bad("The message is neither a string nor a map with 'text'.")),
            };
            return new StreamLine(number, id, error is null ? text : null, error, message.Length);
        }
        catch (Exception error) when (error is MessagePackSerializationException or InvalidOperationException)
        {
            return new StreamLine(number, id, null, Bad("The names of a message's members must be strings, and nothing in it may be nested deeply."), message.Length);
        }
    }

    private static (string? Text, BridgeError? Error) ReadText(byte[] message) => TextOf(message) is { } text ? (text, null) : (null, Bad("The text is not UTF-8."));

    private static (string? Text, BridgeError? Error) ReadMap(ref MessagePackReader reader, byte[] message, ref byte[]? id)
    {
        string? text = null;
        var (hasId, hasText) = (false, false);
        BridgeError? wrong = null;
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            var name = reader.ReadString();
            var type = reader.NextMessagePackType;
            var value = Next(ref reader, message);
            if ((name == "id" && hasId) || (name == "text" && hasText))
            {
                wrong ??= Bad($"'{name}' appears twice.");
            }

            switch (name, type)
            {
                case ("text", MessagePackType.String):
                    (hasText, text) = (true, TextOf(value));
                    wrong ??= text is null ? Bad("'text' is not UTF-8.") : null;
                    break;
                case ("id", MessagePackType.Nil):
                    hasId = true;
                    break;
                case ("id", MessagePackType.String or MessagePackType.Integer):
                    (hasId, id) = (true, value.Length <= LongestId ? value.ToArray() : null);
                    wrong ??= id is null ? Bad($"'id' may have {LongestId} bytes at most.") : null;
                    break;
                default:
                    wrong ??= Bad(name is "text" or "id"
                        ? $"'{name}' is not what it must be: 'text' a string, 'id' a string or a whole number."
                        : $"'{ForeignText.Shorten(name ?? "")}' is not a member of a message. Known are: id, text.");
                    break;
            }
        }

        return (text, wrong ?? (hasText ? null : Bad("The message has no 'text'.")));
    }

    private static ReadOnlyMemory<byte> Next(ref MessagePackReader reader, byte[] message)
    {
        var start = (int)reader.Consumed;
        reader.Skip();
        return message.AsMemory(start..(int)reader.Consumed);
    }

    // The reader's own way replaces what is no UTF-8: another text would be embedded than was sent.
    private static string? TextOf(ReadOnlyMemory<byte> value)
    {
        var reader = new MessagePackReader(value);
        var bytes = reader.ReadStringSequence()!.Value.FirstSpan;
        return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
    }
}
