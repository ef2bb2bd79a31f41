namespace AkiDb.Bridge.Models;

/// <summary>Reads <c>config.json</c> of a Gemma 3 text model, as transformers 4 and 5 write it.</summary>
internal static class Gemma3Config
{
    // What the library takes where the file says nothing.
    private const int DefaultPattern = 6;
    private const int DefaultHeadSize = 256;
    private const int DefaultWindow = 4096;
    private const double DefaultScalar = 256;
    private const double DefaultTheta = 1_000_000;
    private const double DefaultLocalTheta = 10_000;
    private const double DefaultEpsilon = 1e-6;

    public static DecoderArchitecture Read(JsonMembers config)
    {
        if (config.Flag("is_causal") is false)
        {
            throw config.Wrong("is_causal", "true: not every version of the library takes notice of it here; a model whose tokens see what follows says so by 'use_bidirectional_attention'");
        }

        config.ExpectNothing("attn_logit_softcapping");
        var layers = config.Count("num_hidden_layers");
        var isCausal = !(config.Flag("use_bidirectional_attention") ?? false);
        var stated = config.OptionalCount("sliding_window") ?? DefaultWindow;

        // Before a token, the file counts the token itself; on both sides, each gets half.
        var window = LayerTypes.Window(isCausal ? stated - 1 : stated / 2);
        var pattern = Pattern(config);

        // The older way to write it holds for the layers that see the whole text alone.
        var (theta, scaling) = config.HasContent("rope_scaling") ? RopeParameters.Read(config, "rope_theta") : RopeParameters.ReadKind(config, "full_attention", "rope_theta");
        var (localTheta, localScaling) = RopeParameters.ReadKind(config, "sliding_attention", "rope_local_base_freq");
        return QwenConfig.CheckHeads(config, new DecoderArchitecture
        {
            Family = "gemma3_text",
            VocabularySize = config.Count("vocab_size"),
            HiddenSize = config.Count("hidden_size"),
            Layers = layers,
            Heads = config.Count("num_attention_heads"),
            IntermediateSize = config.Count("intermediate_size"),
            MaxPositions = config.Count("max_position_embeddings"),
            KeyValueHeads = config.Count("num_key_value_heads"),
            HeadSize = config.OptionalCount("head_dim") ?? DefaultHeadSize,
            RmsNormEpsilon = config.OptionalPositive("rms_norm_eps") ?? DefaultEpsilon,
            Activation = Activations.Read(config, "hidden_activation", Activation.GeluTanh),
            HasAttentionBias = config.Flag("attention_bias") ?? false,
            IsCausal = isCausal,
            ScoreScalar = config.OptionalPositive("query_pre_attn_scalar") ?? DefaultScalar,
            RopeTheta = theta ?? DefaultTheta,
            RopeScaling = scaling,
            LocalRopeTheta = localTheta ?? DefaultLocalTheta,
            LocalRopeScaling = localScaling,
            Windows = LayerTypes.Read(config, layers, window, layer => (layer + 1) % pattern != 0),
        });
    }

    /// <summary>Every how many layers one sees the whole text, where the layers are not listed.</summary>
    private static int Pattern(JsonMembers config)
    {
        var pattern = config.OptionalCount("sliding_window_pattern") ?? DefaultPattern;

        // Some versions of the library write this name and read the other.
        return config.Has("layer_types") || (config.OptionalCount("_sliding_window_pattern") ?? pattern) == pattern
            ? pattern
            : throw config.Wrong("_sliding_window_pattern", $"{pattern}, or absent, where there is no 'layer_types'");
    }
}
