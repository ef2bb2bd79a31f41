using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>A BERT folder with one layer, 1,024 wide, of random weights: what a wide answer costs on its way, without minutes of computing.</summary>
internal sealed class WideModel : IDisposable
{
    private const int Hidden = 1024;

    private WideModel(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>Writes the folder, with the tokeniser and the settings of <paramref name="like"/>.</summary>
    public static WideModel Create(string like)
    {
        var folder = Directory.CreateTempSubdirectory("akidb-wide-").FullName;
        foreach (var file in Directory.EnumerateFiles(like, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".safetensors", StringComparison.Ordinal)))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(like, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        Edit(Path.Combine(folder, "config.json"), ("hidden_size", Hidden), ("num_attention_heads", 16), ("num_hidden_layers", 1), ("intermediate_size", Hidden));
        Edit(Path.Combine(folder, "1_Pooling", "config.json"), ("word_embedding_dimension", Hidden));
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!;
        WriteWeights(Path.Combine(folder, "model.safetensors"), new EncoderArchitecture
        {
            HiddenSize = Hidden,
            Layers = 1,
            Heads = 16,
            IntermediateSize = Hidden,
            VocabularySize = (int)config["vocab_size"]!,
            MaxPositions = (int)config["max_position_embeddings"]!,
            TokenTypes = (int)config["type_vocab_size"]!,
            LayerNormEpsilon = 1e-12,
        });
        return new WideModel(folder);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static void Edit(string path, params (string Name, int Value)[] members)
    {
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        foreach (var (name, value) in members)
        {
            json[name] = value;
        }

        File.WriteAllText(path, json.ToJsonString());
    }

    private static void WriteWeights(string path, EncoderArchitecture bert)
    {
        var header = new JsonObject();
        var offset = 0L;
        foreach (var (name, shape, _) in EncoderTensors.Of(bert))
        {
            var bytes = shape.Aggregate(1L, (product, length) => product * length) * sizeof(float);
            header[name] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray([.. shape.Select(length => JsonValue.Create(length))]),
                ["data_offsets"] = new JsonArray(offset, offset + bytes),
            };
            offset += bytes;
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        using var file = File.Create(path);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        file.Write(length);
        file.Write(json);
        var random = new Random(1);
        var block = new float[64 * 1024];
        for (var left = offset / sizeof(float); left > 0; left -= block.Length)
        {
            for (var i = 0; i < block.Length; i++)
            {
                block[i] = (random.NextSingle() - 0.5f) * 0.1f;
            }

            file.Write(MemoryMarshal.AsBytes(block.AsSpan(0, (int)Math.Min(left, block.Length))));
        }
    }
}
