using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>Reads <c>config.json</c> of the GTE models whose <c>model_type</c> is <c>new</c>, or <c>gte</c> where others publish them.</summary>
internal static class NewBertConfig
{
    // What the library takes where the file says nothing.
    private const int DefaultTokenTypes = 1;
    private const double DefaultEpsilon = 1e-12;
    private const double DefaultTheta = 10_000;

    public static EncoderArchitecture Read(JsonMembers config)
    {
        config.Expect("position_embedding_type", "rope");
        config.Expect("layer_norm_type", "layer_norm");
        config.Expect("pack_qkv", true);
        config.Expect("logn_attention_scale", false);
        config.Expect("logn_attention_clip1", false);
        var hidden = config.Count("hidden_size");
        var heads = config.Count("num_attention_heads");
        if (hidden % heads != 0 || hidden / heads % 2 != 0)
        {
            throw config.Wrong("num_attention_heads", $"a divisor of hidden_size, {hidden}, with heads of an even size");
        }

        var (theta, scaling) = config.HasContent("rope_parameters") ? RopeParameters.Read(config, "rope_theta") : (config.OptionalPositive("rope_theta"), null);
        return new EncoderArchitecture
        {
            Family = "new",
            VocabularySize = config.Count("vocab_size"),
            HiddenSize = hidden,
            Layers = config.Count("num_hidden_layers"),
            Heads = heads,
            IntermediateSize = config.Count("intermediate_size"),
            MaxPositions = config.Count("max_position_embeddings"),
            TokenTypes = TokenTypes(config),
            LayerNormEpsilon = config.OptionalPositive("layer_norm_eps") ?? DefaultEpsilon,
            Activation = Activations.Read(config, "hidden_act", Activation.Gelu),
            RopeTheta = theta ?? DefaultTheta,
            RopeFactor = Factor(config),
            RopeScaling = scaling,
        };
    }

    /// <summary>The factor of the "ntk" rule, which holds at every length.</summary>
    private static double Factor(JsonMembers config)
    {
        if (config.HasContent("rope_parameters") || config.Object("rope_scaling") is not { } scaling)
        {
            return 1;
        }

        scaling.ExpectOnly("type", "rope_type", "factor", "mixed_b");
        scaling.ExpectNothing("mixed_b");
        scaling.Expect("rope_type", "ntk");
        scaling.Expect("type", "ntk");
        return scaling.Has("type") || scaling.Has("rope_type") ? scaling.Positive("factor") : throw scaling.Missing("type", "\"ntk\"");
    }

    private static int TokenTypes(JsonMembers config) => config.Find("type_vocab_size") switch
    {
        null => DefaultTokenTypes,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt32(out var types) && types >= 0 => types,
        _ => throw config.Wrong("type_vocab_size", "a whole number from 0"),
    };
}
