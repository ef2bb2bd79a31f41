namespace AkiDb.Bridge.Models;

/// <summary>The tensors that a Qwen3 forward pass reads, by their names without prefix.</summary>
internal static class Qwen3Tensors
{
    /// <summary>The tensor by which the names' prefix is recognised.</summary>
    public const string Anchor = "embed_tokens.weight";

    public static IEnumerable<(string Name, long[] Shape)> Of(Qwen3Architecture qwen)
    {
        long hidden = qwen.HiddenSize;
        long wide = qwen.IntermediateSize;
        long queries = (long)qwen.Heads * qwen.HeadSize;
        long keys = (long)qwen.KeyValueHeads * qwen.HeadSize;
        yield return (Anchor, [qwen.VocabularySize, hidden]);
        yield return ("norm.weight", [hidden]);
        for (var layer = 0; layer < qwen.Layers; layer++)
        {
            var at = $"layers.{layer}.";
            yield return ($"{at}input_layernorm.weight", [hidden]);
            yield return ($"{at}post_attention_layernorm.weight", [hidden]);
            yield return ($"{at}self_attn.q_proj.weight", [queries, hidden]);
            yield return ($"{at}self_attn.k_proj.weight", [keys, hidden]);
            yield return ($"{at}self_attn.v_proj.weight", [keys, hidden]);
            yield return ($"{at}self_attn.o_proj.weight", [hidden, queries]);
            yield return ($"{at}self_attn.q_norm.weight", [qwen.HeadSize]);
            yield return ($"{at}self_attn.k_norm.weight", [qwen.HeadSize]);
            yield return ($"{at}mlp.gate_proj.weight", [wide, hidden]);
            yield return ($"{at}mlp.up_proj.weight", [wide, hidden]);
            yield return ($"{at}mlp.down_proj.weight", [hidden, wide]);
        }
    }
}
