using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using AkiDb.Bridge.Http;
using MessagePack;

namespace AkiDb.Bridge.UnitTests.Http;

public sealed class EmbedResponseWriterTests
{
    [Fact]
    public void Json_numbers_are_the_floats_to_the_last_bit()
    {
        var random = new Random(5);
        float[] values =
        [
            0, -0f, 1, float.Epsilon, float.MaxValue, float.MinValue, 0.1f, 1f / 3, 16_777_216, 1e-45f,
            .. Enumerable.Range(0, 5_000).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue))).Where(float.IsFinite),
        ];

        using var json = JsonDocument.Parse(Write(Result(values), VectorEncoding.Float));
        float[] read = [.. json.RootElement.GetProperty("embeddings")[0].EnumerateArray().Select(value => value.GetSingle())];

        Assert.Equal(values.Select(BitConverter.SingleToInt32Bits), read.Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void Json_has_exactly_these_members()
    {
        using var json = JsonDocument.Parse(Write(Result([1, 2], [3, 4]), VectorEncoding.Float));
        var root = json.RootElement;

        Assert.Equal(
            ["embeddings", "model", "dimension", "usage", "truncated", "space", "served_by", "degraded"],
            root.EnumerateObject().Select(member => member.Name));
        Assert.Equal("[[1,2],[3,4]]", root.GetProperty("embeddings").GetRawText());
        Assert.Equal("""{"total_tokens":9,"duration_ms":12}""", root.GetProperty("usage").GetRawText());
        Assert.Equal("[false,true]", root.GetProperty("truncated").GetRawText());
        Assert.Equal(2, root.GetProperty("dimension").GetInt32());
        Assert.Equal("worker:0", root.GetProperty("served_by").GetString());
    }

    [Fact]
    public void Base64_is_the_little_endian_floats()
    {
        using var json = JsonDocument.Parse(Write(Result([1.5f, -2], [3, 4]), VectorEncoding.Base64));

        Assert.Equal([1.5f, -2], MemoryMarshal.Cast<byte, float>(json.RootElement.GetProperty("embeddings")[0].GetBytesFromBase64()).ToArray());
    }

    [Fact]
    public void Message_pack_holds_all_vectors_in_one_bin()
    {
        var reader = new MessagePackReader(Write(Result([1.5f, -2], [3, 4]), VectorEncoding.MessagePack));

        Assert.Equal(8, reader.ReadMapHeader());
        Assert.Equal("embeddings", reader.ReadString());
        Assert.Equal([1.5f, -2, 3, 4], MemoryMarshal.Cast<byte, float>(reader.ReadBytes()!.Value.ToArray()).ToArray());
        for (var member = 1; member < 8; member++)
        {
            Assert.NotNull(reader.ReadString());
            reader.Skip();
        }

        Assert.True(reader.End);
    }

    private static ReadOnlyMemory<byte> Write(EmbeddingResult result, VectorEncoding encoding)
    {
        var output = new ArrayBufferWriter<byte>();
        EmbedResponseWriter.Write(output, result, encoding);
        return output.WrittenMemory;
    }

    private static EmbeddingResult Result(params float[][] vectors) => new()
    {
        Vectors = [.. vectors.Select(vector => new ReadOnlyMemory<float>(vector))],
        Model = "m",
        Space = new EmbeddingSpace
        {
            Model = "m", Weights = "w", Pooling = "mean", Prompt = "", Dimensions = vectors[0].Length, Normalized = true, Precision = "float32",
        },
        TotalTokens = 9,
        Truncated = [.. vectors.Select((_, index) => index == 1)],
        ServedBy = "worker:0",
        Degraded = false,
        Compute = TimeSpan.FromMilliseconds(8),
        Duration = TimeSpan.FromMilliseconds(12.9),
    };
}
