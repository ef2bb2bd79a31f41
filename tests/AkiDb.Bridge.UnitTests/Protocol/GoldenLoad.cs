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
        Modules = model.TryGetProperty("modules", out var modules) ? [.. modules.EnumerateArray().Select(Module)] : [],
        PoolsPrompt = !model.TryGetProperty("pools_prompt", out _),
        Prompts = new Dictionary<string, string>(),
    };

    private static string[] Files(JsonElement model) => [.. model.GetProperty("weights").EnumerateArray().Select(file => file.GetString()!)];

    private static VectorModule Module(JsonElement module)
    {
        var (inputs, outputs) = (module.GetProperty("inputs").GetInt32(), module.GetProperty("outputs").GetInt32());
        var file = module.TryGetProperty("file", out var path) ? path.GetString()! : "";
        return module.GetProperty("type").GetString() switch
        {
            "dense" => new DenseModule(file, inputs, outputs, module.GetProperty("bias").GetBoolean(), ActivationIn(module)),
            "layer_norm" => new LayerNormModule(file, inputs),
            _ => new NormalizeModule(inputs),
        };
    }

    private static Activation ActivationIn(JsonElement element) =>
        Enum.GetValues<Activation>().Single(activation => activation.ToName() == element.GetProperty("activation").GetString());

    private static TransformerArchitecture Architecture(JsonElement model)
    {
        return model.TryGetProperty("token_types", out var types)
            ? new EncoderArchitecture
            {
                Family = model.GetProperty("architecture").GetString()!,
                VocabularySize = Whole("vocabulary_size"),
                HiddenSize = Whole("hidden_size"),
                Layers = Whole("layers"),
                Heads = Whole("heads"),
                IntermediateSize = Whole("intermediate_size"),
                MaxPositions = Whole("max_positions"),
                TokenTypes = types.GetInt32(),
                LayerNormEpsilon = Real("layer_norm_epsilon"),
                PaddingId = Has("padding_id") ? Whole("padding_id") : null,
                RelativeBuckets = Has("relative_buckets") ? Whole("relative_buckets") : 0,
                Activation = Has("activation") ? ActivationIn(model) : Activation.Gelu,
                Biases = Has("biases") ? new(HasBias("query"), HasBias("attention_output"), HasBias("up"), HasBias("down"), HasBias("norm")) : null,
                RopeTheta = Has("rope_theta") ? Real("rope_theta") : 0,
                RopeFactor = Has("rope_factor") ? Real("rope_factor") : 1,
                LocalRopeTheta = Has("local_rope_theta") ? Real("local_rope_theta") : 0,
                Windows = Windows(),
            }
            : new DecoderArchitecture
            {
                Family = model.GetProperty("architecture").GetString()!,
                VocabularySize = Whole("vocabulary_size"),
                HiddenSize = Whole("hidden_size"),
                Layers = Whole("layers"),
                Heads = Whole("heads"),
                IntermediateSize = Whole("intermediate_size"),
                MaxPositions = Whole("max_positions"),
                KeyValueHeads = Whole("key_value_heads"),
                HeadSize = Whole("head_size"),
                RmsNormEpsilon = Real("rms_norm_epsilon"),
                RopeTheta = Real("rope_theta"),
                Activation = Has("activation") ? ActivationIn(model) : Activation.Silu,
                HasAttentionBias = Has("attention_bias"),
                IsCausal = !Has("causal"),
                ScoreScalar = Has("score_scalar") ? Real("score_scalar") : 0,
                RopeScaling = Scaling(""),
                LocalRopeTheta = Has("local_rope_theta") ? Real("local_rope_theta") : 0,
                LocalRopeScaling = Scaling("local_"),
                Windows = Windows(),
            };

        int Whole(string name) => model.GetProperty(name).GetInt32();
        double Real(string name) => model.GetProperty(name).GetDouble();
        bool Has(string name) => model.TryGetProperty(name, out _);
        bool HasBias(string part) => model.GetProperty("biases").EnumerateArray().Any(name => name.GetString() == part);
        RopeScaling? Scaling(string prefix) => Has($"{prefix}rope_frequencies")
            ? new GoldenScaling([.. model.GetProperty($"{prefix}rope_frequencies").EnumerateArray().Select(frequency => frequency.GetSingle())], Real($"{prefix}rope_magnitude"))
            : null;
        int[] Windows() => Has("windows") ? [.. model.GetProperty("windows").EnumerateArray().Select(window => window.GetInt32())] : [];
    }
}
