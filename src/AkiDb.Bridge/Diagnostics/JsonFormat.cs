using System.Text.Encodings.Web;
using System.Text.Json;

namespace AkiDb.Bridge.Diagnostics;

/// <summary>How answers are written as JSON: quotes and accents stay readable, as every answer is JSON and never part of a page.</summary>
internal static class JsonFormat
{
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void WriteTexts(Utf8JsonWriter writer, string name, IEnumerable<string> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }
}
