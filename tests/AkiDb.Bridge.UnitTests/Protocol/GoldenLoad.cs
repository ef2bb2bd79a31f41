using System.Text.Json;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Protocol;

namespace AkiDb.Bridge.UnitTests.Protocol;

/// <summary>The load request that a golden frame stands for.</summary>
internal static class GoldenLoad
{
    public static LoadRequest Request(JsonElement members)
    {
        var model = members.GetProperty("model");
        return new LoadRequest(
            model.GetProperty("architecture").GetString() == LibraryModel.Library ? Library(model) : Transformer(model),
            members.GetProperty("device").GetString()!,
            members.GetProperty("dtype").GetString()!,
            members.GetProperty("threads").GetInt32(),
            members.GetProperty("batch_tokens").GetInt32());
    }

    private static LibraryModel Library(JsonElement model) => new()
    {
        Id = "golden",
        Folder = model.GetProperty("folder").GetString()!,
        VectorSize = 384,
        Pooling = "mean",
        Weights = Files(model),
        Files = [],
        Normalize = true,
        MaxTokens = 256,
        Prompts = new Dictionary<string, string>(),
    };

    private static TransformerModel Transformer(JsonElement model) => new()
    {
        Id = "golden",
        Folder = "/models",
        Architecture = Architecture(model),
        Weights = new ModelWeights(Files(model), new Dictionary<string, TensorEntry>(), model.GetProperty("prefix").GetString()!),
        TokenizerFile = "/models/tokenizer.json",
        Pooling = PoolingNames.Parse(model.GetProperty("pooling").GetString()!)!.Value,
        Normalize = true,
        MaxTokens = model.GetProperty("max_tokens").GetInt32(),
        Prompts = new Dictionary<string, string>(),
    };

    private static string[] Files(JsonElement model) => [.. model.GetProperty("weights").EnumerateArray().Select(file => file.GetString()!)];

    private static TransformerArchitecture Architecture(JsonElement model)
    {
        return model.GetProperty("architecture").GetString() == "bert"
            ? new BertArchitecture
            {
                VocabularySize = Whole("vocabulary_size"),
                HiddenSize = Whole("hidden_size"),
                Layers = Whole("layers"),
                Heads = Whole("heads"),
                IntermediateSize = Whole("intermediate_size"),
                MaxPositions = Whole("max_positions"),
                TokenTypes = Whole("token_types"),
                LayerNormEpsilon = model.GetProperty("layer_norm_epsilon").GetDouble(),
            }
            : new Qwen3Architecture
            {
                VocabularySize = Whole("vocabulary_size"),
                HiddenSize = Whole("hidden_size"),
                Layers = Whole("layers"),
                Heads = Whole("heads"),
                IntermediateSize = Whole("intermediate_size"),
                MaxPositions = Whole("max_positions"),
                KeyValueHeads = Whole("key_value_heads"),
                HeadSize = Whole("head_size"),
                RmsNormEpsilon = model.GetProperty("rms_norm_epsilon").GetDouble(),
                RopeTheta = model.GetProperty("rope_theta").GetDouble(),
            };

        int Whole(string name) => model.GetProperty(name).GetInt32();
    }
}
