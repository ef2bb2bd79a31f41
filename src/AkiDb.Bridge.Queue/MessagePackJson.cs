using System.Buffers;
using System.Text.Json;
using MessagePack;

namespace AkiDb.Bridge.Queue;

/// <summary>A MessagePack value as the JSON that means the same, so that one reader knows what a request is.</summary>
internal static class MessagePackJson
{
    private const int Deepest = 16;

    /// <summary>Writes all of a message as JSON.</summary>
    /// <exception cref="BridgeException">It is not MessagePack, or holds what JSON cannot (<see cref="BridgeErrorKind.BadInput"/>).</exception>
    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> message)
    {
        var output = new ArrayBufferWriter<byte>(Math.Max(1, message.Length * 2));
        try
        {
            using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true });
            var reader = new MessagePackReader(message);
            Write(ref reader, writer, Deepest);
            if (!reader.End)
            {
                throw Bad("Something follows the message's map.");
            }
        }
        // An argument that is none: a number that is not finite, which JSON has no word for.
        catch (Exception error) when (error is MessagePackSerializationException or EndOfStreamException or InvalidOperationException or ArgumentException or OverflowException or System.Text.DecoderFallbackException)
        {
            throw Bad("The message is not valid MessagePack, is cut off, or holds a number that JSON has not.", error);
        }

        return output.WrittenMemory;
    }

    private static void Write(ref MessagePackReader reader, Utf8JsonWriter writer, int depth)
    {
        if (depth == 0)
        {
            throw Bad($"The message is nested more than {Deepest} deep.");
        }

        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Nil:
                reader.ReadNil();
                writer.WriteNullValue();
                break;
            case MessagePackType.Boolean:
                writer.WriteBooleanValue(reader.ReadBoolean());
                break;
            case MessagePackType.Integer:
                writer.WriteNumberValue(reader.ReadInt64());
                break;
            case MessagePackType.Float:
                writer.WriteNumberValue(reader.ReadDouble());
                break;
            case MessagePackType.String:
                writer.WriteStringValue(Utf8Of(ref reader));
                break;
            case MessagePackType.Array:
                writer.WriteStartArray();
                for (var left = reader.ReadArrayHeader(); left > 0; left--)
                {
                    Write(ref reader, writer, depth - 1);
                }

                writer.WriteEndArray();
                break;
            case MessagePackType.Map:
                writer.WriteStartObject();
                for (var left = reader.ReadMapHeader(); left > 0; left--)
                {
                    writer.WritePropertyName(Utf8Of(ref reader));
                    Write(ref reader, writer, depth - 1);
                }

                writer.WriteEndObject();
                break;
            default:
                throw Bad("The message holds bytes or an extension where there must be text, numbers, lists and maps.");
        }
    }

    // The writer replaces what is no UTF-8: another text must not be embedded than was sent.
    private static byte[] Utf8Of(ref MessagePackReader reader)
    {
        var text = reader.ReadStringSequence() is { } sequence ? sequence.ToArray() : throw Bad("A name in the message is nil.");
        return System.Text.Unicode.Utf8.IsValid(text) ? text : throw Bad("The message holds text that is not UTF-8.");
    }

    private static BridgeException Bad(string sentence, Exception? cause = null) => new(BridgeErrorKind.BadInput, sentence, cause);
}
