using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>Reads <c>config.json</c> of a NomicBERT model: with GPT-2's names (<c>n_embd</c>), as first published, with BERT's, or with both.</summary>
internal static class NomicBertConfig
{
    private const double DefaultEpsilon = 1e-12;
    private const double DefaultEpsilonOfGpt2 = 1e-5;

    public static EncoderArchitecture Read(JsonMembers config)
    {
        config.Expect("activation_function", "swiglu");
        config.Expect("hidden_act", "silu");
        if (!config.Has("activation_function") && !config.Has("hidden_act"))
        {
            throw config.Missing("hidden_act", "\"silu\", here or as 'activation_function' \"swiglu\"");
        }

        config.Expect("position_embedding_type", "rope", "absolute");
        foreach (var member in new[]
        {
            "causal", "prenorm", "parallel_block", "parallel_block_tied_norm", "use_rms_norm", "rotary_emb_interleaved",
            "scale_attn_by_inverse_layer_idx",
        })
        {
            config.Expect(member, false);
        }

        config.Expect("scale_attn_weights", true);
        config.ExpectNothing("rotary_emb_scale_base");
        config.ExpectNothing("rotary_scaling_factor");
        if (config.Find("moe_every_n_layers") is { } experts && !(experts.ValueKind == JsonValueKind.Number && experts.GetDouble() <= 0))
        {
            throw config.Wrong("moe_every_n_layers", "0 or less, or absent");
        }

        // Where GPT-2's names stand alone, the model's own code has its defaults: no rotary positions at all, and a larger epsilon.
        var isOfGpt2 = !config.Has("hidden_size");
        if (isOfGpt2 ? config.Positive("rotary_emb_fraction") != 1 : config.OptionalPositive("rotary_emb_fraction") is { } fraction && fraction != 1)
        {
            throw config.Wrong("rotary_emb_fraction", "1");
        }

        var hidden = Either(config, "hidden_size", "n_embd");
        var heads = Either(config, "num_attention_heads", "n_head");
        if (hidden % heads != 0 || hidden / heads % 2 != 0)
        {
            throw config.Wrong(config.Has("num_attention_heads") ? "num_attention_heads" : "n_head", $"a divisor of the hidden size, {hidden}, with heads of an even size");
        }

        if (config.OptionalCount("head_dim") is { } size && size != hidden / heads)
        {
            throw config.Wrong("head_dim", $"{hidden / heads}, or absent");
        }

        var queryBias = config.Flag("qkv_proj_bias") ?? false;
        return new EncoderArchitecture
        {
            Family = "nomic_bert",
            VocabularySize = Vocabulary(config),
            HiddenSize = hidden,
            Layers = Either(config, "num_hidden_layers", "n_layer"),
            Heads = heads,
            IntermediateSize = Either(config, "intermediate_size", "n_inner"),

            // Rotary positions have no end; where both names stand, the published files state two ends, and the library cuts at the newer name's.
            MaxPositions = config.OptionalCount("n_positions") ?? config.Count("max_position_embeddings"),
            DefaultLongestText = config.OptionalCount("max_position_embeddings"),
            TokenTypes = TokenTypes(config),
            LayerNormEpsilon = Same(config, "layer_norm_eps", config.OptionalPositive("layer_norm_eps"), config.OptionalPositive("layer_norm_epsilon")) ?? (isOfGpt2 ? DefaultEpsilonOfGpt2 : DefaultEpsilon),
            Activation = Activation.Silu,
            Biases = new(queryBias, queryBias, config.Flag("mlp_fc1_bias") ?? false, config.Flag("mlp_fc2_bias") ?? false, Norm: true),
            RopeTheta = RopeParameters.Theta(config, "rotary_emb_base") ?? throw config.Missing("rotary_emb_base", "a number above 0, here or in 'rope_parameters'"),
        };
    }

    /// <summary>The table is filled up to a multiple, for the sake of some hardware.</summary>
    private static int Vocabulary(JsonMembers config)
    {
        var size = config.Count("vocab_size");
        var multiple = config.OptionalCount("pad_vocab_size_multiple") ?? 1;
        return checked((size + multiple - 1) / multiple * multiple);
    }

    private static int TokenTypes(JsonMembers config) =>
        config.Find("type_vocab_size") is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var none) && none == 0
            ? 0
            : config.OptionalCount("type_vocab_size") ?? 2;

    private static int Either(JsonMembers config, string name, string old) =>
        (int)(Same(config, name, config.OptionalCount(name), config.OptionalCount(old)) ?? throw config.Missing(name, $"a whole number from 1, here or as '{old}'"));

    private static double? Same(JsonMembers config, string name, double? value, double? old) =>
        value is null || old is null || value == old ? value ?? old : throw config.Wrong(name, $"what its older name says, {old}");
}
