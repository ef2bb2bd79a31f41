using System.Buffers.Binary;
using System.Text.Json;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Onnx;

/// <summary>The descriptions of the test models, read with no more care than trusted files need.</summary>
internal static class TestModel
{
    public static ModelDescription Read(string name) => ReadFolder(TestPaths.Model(name), name);

    public static ModelDescription ReadFolder(string folder, string name)
    {
        var config = JsonElement.Parse(File.ReadAllText(Path.Combine(folder, "config.json")));
        var file = Path.Combine(folder, "model.safetensors");
        file = File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file;
        var tensors = Tensors(file);
        var isBert = config.GetProperty("model_type").GetString() == "bert";
        string[] prefixes = ["bert.", "model.", ""];
        return new ModelDescription
        {
            Id = name,
            Folder = folder,
            Architecture = isBert ? Bert(config) : Qwen3(config),
            Weights = new([file], tensors, prefixes.First(prefix => tensors.Keys.Any(key => key.StartsWith(prefix, StringComparison.Ordinal)))),
            TokenizerFile = Path.Combine(folder, "tokenizer.json"),
            Pooling = name switch
            {
                "tiny-bert-cls" => Pooling.Cls,
                "tiny-qwen3" => Pooling.LastToken,
                _ => Pooling.Mean,
            },
            Normalize = name != "tiny-bert-cased",
            MaxTokens = name switch { "all-MiniLM-L6-v2" => 256, "tiny-bert-cls" => 512, "tiny-bert-cased" => 64, _ => 32768 },
            Prompts = new Dictionary<string, string>(),
        };
    }

    private static BertArchitecture Bert(JsonElement config) => new()
    {
        VocabularySize = Number(config, "vocab_size"),
        HiddenSize = Number(config, "hidden_size"),
        Layers = Number(config, "num_hidden_layers"),
        Heads = Number(config, "num_attention_heads"),
        IntermediateSize = Number(config, "intermediate_size"),
        MaxPositions = Number(config, "max_position_embeddings"),
        TokenTypes = Number(config, "type_vocab_size"),
        LayerNormEpsilon = config.GetProperty("layer_norm_eps").GetDouble(),
    };

    private static Qwen3Architecture Qwen3(JsonElement config) => new()
    {
        VocabularySize = Number(config, "vocab_size"),
        HiddenSize = Number(config, "hidden_size"),
        Layers = Number(config, "num_hidden_layers"),
        Heads = Number(config, "num_attention_heads"),
        IntermediateSize = Number(config, "intermediate_size"),
        MaxPositions = Number(config, "max_position_embeddings"),
        KeyValueHeads = Number(config, "num_key_value_heads"),
        HeadSize = Number(config, "head_dim"),
        RmsNormEpsilon = config.GetProperty("rms_norm_eps").GetDouble(),
        RopeTheta = config.GetProperty("rope_theta").GetDouble(),
    };

    private static int Number(JsonElement config, string member) => config.GetProperty(member).GetInt32();

    private static Dictionary<string, TensorEntry> Tensors(string file)
    {
        using var stream = File.OpenRead(file);
        var length = new byte[8];
        stream.ReadExactly(length);
        var header = new byte[BinaryPrimitives.ReadInt64LittleEndian(length)];
        stream.ReadExactly(header);
        return JsonElement.Parse(header).EnumerateObject().Where(member => member.Name != "__metadata__").ToDictionary(
            member => member.Name,
            member =>
            {
                long[] offsets = [.. member.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
                return new TensorEntry(
                    file,
                    member.Value.GetProperty("dtype").GetString()!,
                    [.. member.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())],
                    8 + header.Length + offsets[0],
                    offsets[1] - offsets[0]);
            });
    }
}
