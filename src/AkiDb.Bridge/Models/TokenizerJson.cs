using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>Writes the parts that every <c>tokenizer.json</c> has.</summary>
internal static class TokenizerJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="write">Writes the members of the file's object.</param>
    public static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("version", "1.0");
            write(writer);
            writer.WriteEndObject();
        }

        return json.WrittenSpan.ToArray();
    }

    /// <summary>A special token before each text, and one behind it.</summary>
    public static void WriteTemplate(Utf8JsonWriter writer, (string Content, int Id) before, (string Content, int Id) behind)
    {
        writer.WriteStartObject("post_processor");
        writer.WriteString("type", "RobertaProcessing");
        WritePair(writer, "sep", behind);
        WritePair(writer, "cls", before);
        writer.WriteBoolean("trim_offsets", true);
        writer.WriteBoolean("add_prefix_space", false);
        writer.WriteEndObject();
    }

    private static void WritePair(Utf8JsonWriter writer, string member, (string Content, int Id) token)
    {
        writer.WriteStartArray(member);
        writer.WriteStringValue(token.Content);
        writer.WriteNumberValue(token.Id);
        writer.WriteEndArray();
    }
}
