using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using MessagePack;

namespace AkiDb.Bridge.Http;

/// <summary>Writes the answer of <c>POST /api/v1/embed</c>.</summary>
internal static class EmbedResponseWriter
{
    /// <summary>Writes <paramref name="result"/> to <paramref name="output"/>.</summary>
    public static void Write(IBufferWriter<byte> output, EmbeddingResult result, VectorEncoding encoding)
    {
        if (encoding == VectorEncoding.MessagePack)
        {
            WriteMessagePack(output, result);
        }
        else
        {
            WriteJson(output, result, encoding);
        }
    }

    private static void WriteJson(IBufferWriter<byte> output, EmbeddingResult result, VectorEncoding encoding)
    {
        using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true });
        writer.WriteStartObject();
        writer.WriteStartArray("embeddings");
        foreach (var vector in result.Vectors)
        {
            WriteVector(writer, vector.Span, encoding);
        }

        writer.WriteEndArray();
        writer.WriteString("model", result.Model);
        writer.WriteNumber("dimension", result.Space.Dimensions);
        writer.WriteStartObject("usage");
        writer.WriteNumber("total_tokens", result.TotalTokens);
        writer.WriteNumber("duration_ms", (long)result.Duration.TotalMilliseconds);
        writer.WriteEndObject();
        writer.WriteStartArray("truncated");
        foreach (var truncated in result.Truncated)
        {
            writer.WriteBooleanValue(truncated);
        }

        writer.WriteEndArray();
        writer.WriteString("space", result.Space.ToString());
        writer.WriteString("served_by", result.ServedBy);
        writer.WriteBoolean("degraded", result.Degraded);
        writer.WriteEndObject();
    }

    private static void WriteVector(Utf8JsonWriter writer, ReadOnlySpan<float> vector, VectorEncoding encoding)
    {
        if (encoding == VectorEncoding.Base64)
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

    private static void WriteMessagePack(IBufferWriter<byte> output, EmbeddingResult result)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteMapHeader(8);
        writer.Write("embeddings");
        writer.WriteBinHeader(result.Vectors.Count * result.Space.Dimensions * sizeof(float));
        foreach (var vector in result.Vectors)
        {
            writer.WriteRaw(MemoryMarshal.AsBytes(vector.Span));
        }

        writer.Write("model");
        writer.Write(result.Model);
        writer.Write("dimension");
        writer.Write(result.Space.Dimensions);
        writer.Write("usage");
        writer.WriteMapHeader(2);
        writer.Write("total_tokens");
        writer.Write(result.TotalTokens);
        writer.Write("duration_ms");
        writer.Write((long)result.Duration.TotalMilliseconds);
        writer.Write("truncated");
        writer.WriteArrayHeader(result.Truncated.Count);
        foreach (var truncated in result.Truncated)
        {
            writer.Write(truncated);
        }

        writer.Write("space");
        writer.Write(result.Space.ToString());
        writer.Write("served_by");
        writer.Write(result.ServedBy);
        writer.Write("degraded");
        writer.Write(result.Degraded);
        writer.Flush();
    }
}
