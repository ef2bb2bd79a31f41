namespace AkiDb.Bridge.Models;

/// <summary>Reads <c>config.json</c> of Qwen and Mistral models, as transformers 4 (<c>rope_theta</c>) and 5 (<c>rope_parameters</c>) write it.</summary>
internal static class QwenConfig
{
    // What the library takes where the file says nothing.
    private const int DefaultMaxWindowLayers = 28;
    private const int DefaultWindow = 4096;
    private const int DefaultHeadSizeOfQwen3 = 128;
    private const double DefaultTheta = 10_000;
    private const double DefaultEpsilon = 1e-6;

    public static DecoderArchitecture Read3(JsonMembers config)
    {
        return ReadQwen(config, "qwen3", DefaultHeadSizeOfQwen3) with { HasAttentionBias = config.Flag("attention_bias") ?? false };
    }

    public static DecoderArchitecture Read2(JsonMembers config)
    {
        config.Expect("attention_bias", true);
        return ReadQwen(config, "qwen2", defaultHeadSize: null);
    }

    public static DecoderArchitecture ReadMistral(JsonMembers config)
    {
        config.Expect("attention_bias", false);
        if (config.Flag("is_causal") is false)
        {
            throw config.Wrong("is_causal", "true: version 4 of the library takes no notice of it, version 5 lets a token see what follows, so that vectors would depend on the version");
        }

        config.ExpectNothing("layer_types");
        return Read(config, "mistral", defaultHeadSize: null) with { Windows = Window(config) is { } window ? [.. Enumerable.Repeat(window, config.Count("num_hidden_layers"))] : [] };
    }

    private static DecoderArchitecture ReadQwen(JsonMembers config, string family, int? defaultHeadSize)
    {
        var isCausal = config.Flag("is_causal") ?? true;
        var window = config.Flag("use_sliding_window") is true && Window(config) is { } width ? width : 0;
        var first = config.OptionalNumber("max_window_layers") ?? DefaultMaxWindowLayers;
        return Read(config, family, defaultHeadSize) with
        {
            IsCausal = isCausal,
            Windows = isCausal || window == 0
                ? LayerTypes.Read(config, config.Count("num_hidden_layers"), window, layer => layer >= first)
                : throw config.Wrong("is_causal", "true where there is a sliding window; without one, tokens may see what follows: set 'use_sliding_window' to false if the model was trained so"),
        };
    }

    /// <summary>How far a token sees: the file counts the token itself. Null where it says that there is no window.</summary>
    private static int? Window(JsonMembers config) => config.OptionalCount("sliding_window") switch
    {
        null => config.Element.TryGetProperty("sliding_window", out _) ? null : DefaultWindow - 1,
        { } window => LayerTypes.Window(window - 1),
    };

    private static DecoderArchitecture Read(JsonMembers config, string family, int? defaultHeadSize)
    {
        config.Expect("use_bidirectional_attention", false);
        var heads = config.Count("num_attention_heads");
        var hiddenSize = config.Count("hidden_size");
        var (theta, scaling) = RopeParameters.Read(config, "rope_theta");
        var architecture = new DecoderArchitecture
        {
            Family = family,
            VocabularySize = config.Count("vocab_size"),
            HiddenSize = hiddenSize,
            Layers = config.Count("num_hidden_layers"),
            Heads = heads,
            IntermediateSize = config.Count("intermediate_size"),
            MaxPositions = config.Count("max_position_embeddings"),
            KeyValueHeads = config.Count("num_key_value_heads"),
            HeadSize = config.OptionalCount("head_dim") ?? defaultHeadSize ?? hiddenSize / heads,
            RmsNormEpsilon = config.OptionalPositive("rms_norm_eps") ?? DefaultEpsilon,
            Activation = Activations.Read(config, "hidden_act", Activation.Silu),
            RopeTheta = theta ?? DefaultTheta,
            RopeScaling = scaling,
        };
        return CheckHeads(config, architecture);
    }

    /// <summary>Refuses heads that do not fit each other, or cannot be turned.</summary>
    public static DecoderArchitecture CheckHeads(JsonMembers config, DecoderArchitecture architecture)
    {
        if (architecture.Heads % architecture.KeyValueHeads != 0)
        {
            throw config.Wrong("num_key_value_heads", $"a divisor of num_attention_heads, {architecture.Heads}");
        }

        return architecture.HeadSize > 0 && architecture.HeadSize % 2 == 0
            ? architecture
            : throw config.Wrong("head_dim", "an even number, or absent where hidden_size / num_attention_heads is one");
    }
}
