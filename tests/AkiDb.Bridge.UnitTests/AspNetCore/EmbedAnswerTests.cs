using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using AkiDb.Bridge.AspNetCore;
using MessagePack;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.UnitTests.AspNetCore;

public sealed class EmbedAnswerTests
{
    [Fact]
    public async Task Json_numbers_are_the_floats_to_the_last_bit()
    {
        var random = new Random(5);
        float[] values =
        [
            0, -0f, 1, float.Epsilon, float.MaxValue, float.MinValue, 0.1f, 1f / 3, 16_777_216, 1e-45f,
            .. Enumerable.Range(0, 5_000).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue))).Where(float.IsFinite),
        ];

        using var json = JsonDocument.Parse(await WriteAsync(Result(values), VectorEncoding.Float));
        float[] read = [.. json.RootElement.GetProperty("embeddings")[0].EnumerateArray().Select(value => value.GetSingle())];

        Assert.Equal(values.Select(BitConverter.SingleToInt32Bits), read.Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public async Task Json_has_exactly_these_members()
    {
        using var json = JsonDocument.Parse(await WriteAsync(Result([1, 2], [3, 4]), VectorEncoding.Float));
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
    public async Task Base64_is_the_little_endian_floats()
    {
        using var json = JsonDocument.Parse(await WriteAsync(Result([1.5f, -2], [3, 4]), VectorEncoding.Base64));

        Assert.Equal([1.5f, -2], MemoryMarshal.Cast<byte, float>(json.RootElement.GetProperty("embeddings")[0].GetBytesFromBase64()).ToArray());
    }

    [Fact]
    public async Task Message_pack_holds_all_vectors_in_one_bin()
    {
        Check(await WriteAsync(Result([1.5f, -2], [3, 4]), VectorEncoding.MessagePack));

        static void Check(byte[] written)
        {
            var reader = new MessagePackReader(written);

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
    }

    [Theory]
    [InlineData("float")]
    [InlineData("base64")]
    [InlineData("messagepack")]
    public async Task Long_answer_is_the_same_in_pieces(string name)
    {
        var encoding = Enum.Parse<VectorEncoding>(name, ignoreCase: true);
        float[][] vectors = [.. Enumerable.Range(0, 200).Select(row => Enumerable.Range(0, 300).Select(column => (float)((row * 300) + column) / 7).ToArray())];

        var written = await WriteAsync(Result(vectors), encoding);

        Assert.True(written.Length > 2 * ResponseBody.Bytes);
        if (encoding == VectorEncoding.MessagePack)
        {
            // Behind the map's header, the member's name, and the header of the bin.
            var bin = written.AsSpan(1 + "_embeddings".Length + 5, sizeof(float) * 300 * 200);
            Assert.Equal(vectors.SelectMany(vector => vector), MemoryMarshal.Cast<byte, float>(bin).ToArray());
        }
        else
        {
            using var json = JsonDocument.Parse(written);
            Assert.Equal(200, json.RootElement.GetProperty("embeddings").GetArrayLength());
        }
    }

    private static async Task<byte[]> WriteAsync(EmbeddingResult result, VectorEncoding encoding)
    {
        using var output = new MemoryStream();
        var context = new DefaultHttpContext { Response = { Body = output } };
        using var body = new ResponseBody(context.Response);
        using var format = AnswerFormat.Of(encoding, body);
        await EmbedAnswer.WriteAsync(result, format, body, TestContext.Current.CancellationToken);
        return output.ToArray();
    }

    private static EmbeddingResult Result(params float[][] vectors) => new()
    {
        Vectors = [.. vectors.Select(vector => new ReadOnlyMemory<float>(vector))],
        Model = "m",
        Space = new EmbeddingSpace
        {
            Model = "m",
            Weights = "w",
            Pooling = "mean",
            Prompt = "",
            Dimensions = vectors[0].Length,
            Normalized = true,
            Precision = "float32",
        },
        TotalTokens = 9,
        Truncated = [.. vectors.Select((_, index) => index == 1)],
        ServedBy = "worker:0",
        Degraded = false,
        Compute = TimeSpan.FromMilliseconds(8),
        Duration = TimeSpan.FromMilliseconds(12.9),
    };
}
