using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>Reads <c>config.json</c> of a Qwen3 model, as transformers 4 (<c>rope_theta</c>) and 5 (<c>rope_parameters</c>) write it.</summary>
internal static class Qwen3Config
{
    public static Qwen3Architecture Read(JsonMembers config)
    {
        config.Expect("hidden_act", "silu");
        config.Expect("attention_bias", false);
        config.Expect("use_sliding_window", false);
        config.Expect("is_causal", true);
        config.Expect("use_bidirectional_attention", false);
        config.ExpectNothing("rope_scaling");
        var heads = config.Count("num_attention_heads");
        var hiddenSize = config.Count("hidden_size");
        var architecture = new Qwen3Architecture
        {
            VocabularySize = config.Count("vocab_size"),
            HiddenSize = hiddenSize,
            Layers = config.Count("num_hidden_layers"),
            Heads = heads,
            IntermediateSize = config.Count("intermediate_size"),
            MaxPositions = config.Count("max_position_embeddings"),
            KeyValueHeads = config.Count("num_key_value_heads"),
            HeadSize = config.OptionalCount("head_dim") ?? hiddenSize / heads,
            RmsNormEpsilon = config.Positive("rms_norm_eps"),
            RopeTheta = RopeTheta(config),
        };
        if (architecture.Heads % architecture.KeyValueHeads != 0)
        {
            throw config.Wrong("num_key_value_heads", $"a divisor of num_attention_heads, {heads}");
        }

        if (architecture.HeadSize == 0 || architecture.HeadSize % 2 != 0)
        {
            throw config.Wrong("head_dim", "an even number, or absent where hidden_size / num_attention_heads is one");
        }

        CheckLayerTypes(config, architecture.Layers);
        return architecture;
    }

    private static double RopeTheta(JsonMembers config)
    {
        var direct = config.OptionalPositive("rope_theta");
        if (config.Object("rope_parameters") is not { } parameters)
        {
            return direct ?? throw config.Missing("rope_theta", "a number above 0, here or in 'rope_parameters'");
        }

        parameters.ExpectOnly("rope_theta", "rope_type");
        parameters.Expect("rope_type", "default");
        var theta = parameters.OptionalPositive("rope_theta") ?? direct ?? throw parameters.Missing("rope_theta", "a number above 0");
        return direct is null || direct == theta ? theta : throw config.Wrong("rope_theta", $"what 'rope_parameters.rope_theta' says, {theta}");
    }

    private static void CheckLayerTypes(JsonMembers config, int layers)
    {
        if (config.Array("layer_types") is { } types
            && types.Count(type => type.ValueKind == JsonValueKind.String && type.ValueEquals("full_attention")) is var full
            && (full != layers || full != types.Count()))
        {
            throw config.Wrong("layer_types", $"\"full_attention\" for each of the {layers} layers");
        }
    }
}
