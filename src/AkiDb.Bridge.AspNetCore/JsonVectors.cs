using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using AkiDb.Bridge.Diagnostics;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>How every JSON answer writes a vector: as an array of numbers, or as the base64 of little-endian float32.</summary>
internal static class JsonVectors
{
    /// <summary>Shape and order are the routes' own care: checking them costs more than all else but the numbers.</summary>
    public static readonly JsonWriterOptions Options = new() { SkipValidation = true, Encoder = JsonFormat.Options.Encoder };

    /// <summary>Writes one vector.</summary>
    /// <exception cref="ArgumentException">A component is infinite or NaN, and numbers are asked for.</exception>
    public static void Write(Utf8JsonWriter writer, ReadOnlySpan<float> vector, bool inBase64)
    {
        if (inBase64)
        {
            writer.WriteBase64StringValue(MemoryMarshal.AsBytes(vector));
            return;
        }

        // Each number has a comma or the last bracket behind it.
        var array = ArrayPool<byte>.Shared.Rent(2 + (vector.Length * (ShortestFloat.MostBytes + 1)));
        try
        {
            writer.WriteRawValue(array.AsSpan(0, WriteArray(vector, array)), skipInputValidation: true);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }

    private static int WriteArray(ReadOnlySpan<float> vector, Span<byte> array)
    {
        array[0] = (byte)'[';
        var end = 1;
        foreach (var value in vector)
        {
            end += ShortestFloat.Write(value, array[end..]);
            array[end++] = (byte)',';
        }

        array[Math.Max(1, end - 1)] = (byte)']';
        return Math.Max(2, end);
    }
}
