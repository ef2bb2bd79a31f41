using System.Runtime.InteropServices;
using System.Text.Json;
using AkiDb.Bridge.Diagnostics;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>How every JSON answer writes a vector: as an array of numbers, or as the base64 of little-endian float32.</summary>
internal static class JsonVectors
{
    /// <summary>Shape and order are the routes' own care: checking them costs more than all else but the numbers.</summary>
    public static readonly JsonWriterOptions Options = new() { SkipValidation = true, Encoder = JsonFormat.Options.Encoder };

    public static void Write(Utf8JsonWriter writer, ReadOnlySpan<float> vector, bool inBase64)
    {
        if (inBase64)
        {
            writer.WriteBase64StringValue(MemoryMarshal.AsBytes(vector));
            return;
        }

        writer.WriteStartArray();
        foreach (var value in vector)
        {
            writer.WriteNumberValue(value);
        }

        writer.WriteEndArray();
    }
}
