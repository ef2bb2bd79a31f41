namespace AkiDb.Bridge.Models;

/// <summary>Reads <c>config.json</c> of a ModernBERT model, as transformers 4 and 5 write it.</summary>
internal static class ModernBertConfig
{
    // What the library takes where the file says nothing.
    private const int DefaultGlobalEvery = 3;
    private const int DefaultWindow = 128;
    private const double DefaultEpsilon = 1e-5;
    private const double DefaultTheta = 160_000;
    private const double DefaultLocalTheta = 10_000;

    public static EncoderArchitecture Read(JsonMembers config)
    {
        // The library has no such choice; some files say it all the same, those of mmBERT and Ettin in the words of the program that trained them.
        config.Expect("position_embedding_type", "absolute", "rope", "sans_pos");
        var layers = config.Count("num_hidden_layers");
        var hidden = config.Count("hidden_size");
        var heads = config.Count("num_attention_heads");
        if (hidden % heads != 0 || hidden / heads % 2 != 0)
        {
            throw config.Wrong("num_attention_heads", $"a divisor of hidden_size, {hidden}, with heads of an even size");
        }

        var every = config.OptionalCount("global_attn_every_n_layers") ?? DefaultGlobalEvery;
        var window = LayerTypes.Window((config.OptionalCount("local_attention") ?? DefaultWindow) / 2);
        var hasBias = config.Flag("attention_bias") ?? false;
        var wideBias = config.Flag("mlp_bias") ?? false;

        // Version 5 of the library takes it for all layers, version 4 for none.
        config.ExpectNothing("rope_scaling");
        var (theta, scaling) = RopeParameters.ReadKind(config, "full_attention", "global_rope_theta");
        var (localTheta, localScaling) = RopeParameters.ReadKind(config, "sliding_attention", "local_rope_theta");
        return new EncoderArchitecture
        {
            Family = "modernbert",
            VocabularySize = config.Count("vocab_size"),
            HiddenSize = hidden,
            Layers = layers,
            Heads = heads,
            IntermediateSize = config.Count("intermediate_size"),
            MaxPositions = config.Count("max_position_embeddings"),
            TokenTypes = 0,
            LayerNormEpsilon = config.OptionalPositive("norm_eps") ?? DefaultEpsilon,
            Activation = Activations.Read(config, "hidden_activation", Activation.Gelu),
            Biases = new(hasBias, hasBias, wideBias, wideBias, config.Flag("norm_bias") ?? false),
            RopeTheta = theta ?? DefaultTheta,
            RopeScaling = scaling,
            LocalRopeTheta = localTheta ?? LocalTheta(config, theta ?? DefaultTheta),
            LocalRopeScaling = localScaling,
            Windows = LayerTypes.Read(config, layers, window, layer => layer % every != 0),
        };
    }

    /// <summary>A file that says null takes the global layers' base; one that says nothing takes the library's own.</summary>
    private static double LocalTheta(JsonMembers config, double theta) => config.Element.TryGetProperty("local_rope_theta", out _) ? theta : DefaultLocalTheta;
}
