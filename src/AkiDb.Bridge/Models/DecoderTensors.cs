namespace AkiDb.Bridge.Models;

/// <summary>The tensors that a decoder's forward pass reads.</summary>
internal static class DecoderTensors
{
    public static IEnumerable<NeededTensor> Of(DecoderArchitecture decoder) =>
    [
        new("embed_tokens.weight", [decoder.VocabularySize, decoder.HiddenSize]),
        new("norm.weight", [decoder.HiddenSize]),
        .. Enumerable.Range(0, decoder.Layers).SelectMany(layer => OfLayer(decoder, $"layers.{layer}.")),
    ];

    private static IEnumerable<NeededTensor> OfLayer(DecoderArchitecture decoder, string at)
    {
        var layout = decoder.Layout;
        var (queries, keys) = (decoder.Attention.QuerySize, decoder.Attention.KeySize);
        var (hidden, wide) = (decoder.HiddenSize, decoder.IntermediateSize);
        string?[] norms = ["input_layernorm", layout.AttentionOutputNorm, layout.FeedForwardNorm, layout.FeedForwardOutputNorm];
        return
        [
            .. norms.OfType<string>().SelectMany(norm => NeededTensor.OfNorm(at + norm, hidden, hasBias: false)),
            .. NeededTensor.OfLinear(at, new("self_attn.q_proj"), queries, hidden, decoder.HasQueryBias),
            .. NeededTensor.OfLinear(at, new("self_attn.k_proj"), keys, hidden, decoder.HasQueryBias),
            .. NeededTensor.OfLinear(at, new("self_attn.v_proj"), keys, hidden, decoder.HasQueryBias),
            .. NeededTensor.OfLinear(at, new("self_attn.o_proj"), hidden, queries, decoder.HasAttentionBias),
            .. layout.HasHeadNorms ? NeededTensor.OfNorm($"{at}self_attn.q_norm", decoder.HeadSize, hasBias: false) : [],
            .. layout.HasHeadNorms ? NeededTensor.OfNorm($"{at}self_attn.k_norm", decoder.HeadSize, hasBias: false) : [],
            .. NeededTensor.OfLinear(at, new("mlp.gate_proj"), wide, hidden, hasBias: false),
            .. NeededTensor.OfLinear(at, new("mlp.up_proj"), wide, hidden, hasBias: false),
            .. NeededTensor.OfLinear(at, new("mlp.down_proj"), hidden, wide, hasBias: false),
        ];
    }
}
