using System.Globalization;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>The layers of a Qwen3 decoder, written into a graph.</summary>
internal sealed class Qwen3Layers(OnnxGraph graph, Qwen3Architecture architecture, string prefix, LinearLayer linear)
{
    private readonly RotaryTable rotary = new(graph, architecture);
    private readonly int hidden = architecture.HiddenSize;
    private readonly int headSize = architecture.HeadSize;
    private readonly int queries = architecture.Heads * architecture.HeadSize;
    private readonly int keys = architecture.KeyValueHeads * architecture.HeadSize;

    /// <summary>The embeddings of the packed tokens, [T, H].</summary>
    public string Embeddings() =>
        graph.Rows(prefix + "embed_tokens.weight", graph.Input(GraphInput.Ids), architecture.VocabularySize, hidden);

    /// <summary>One decoder layer.</summary>
    /// <param name="layer">Its number.</param>
    /// <param name="x">The packed tokens, [T, H].</param>
    /// <param name="pooledOnly">Whether only each text's pooled token leaves the attention, [B, H].</param>
    public string Decoder(int layer, string x, bool pooledOnly)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"layers.{layer}.");
        var context = Attention(name + "self_attn.", Normalize(x, name + "input_layernorm"));
        context = Rows(context, graph.Input(pooledOnly ? GraphInput.PooledPaddedRows : GraphInput.PackedRows));
        var attended = pooledOnly ? Rows(x, graph.Input(GraphInput.PooledRows)) : x;
        x = graph.Op("Add", [attended, Linear(context, name + "self_attn.o_proj", queries, hidden)]);
        return graph.Op("Add", [x, FeedForward(name + "mlp.", Normalize(x, name + "post_attention_layernorm"))]);
    }

    /// <summary>Root-mean-square normalisation over the last dimension.</summary>
    public string Normalize(string x, string name) => Normalize(x, name, hidden);

    private string Attention(string name, string x)
    {
        var query = Heads(Linear(x, name + "q_proj", hidden, queries), architecture.Heads, name + "q_norm");
        var key = Heads(Linear(x, name + "k_proj", hidden, keys), architecture.KeyValueHeads, name + "k_norm");
        var value = Rows(Linear(x, name + "v_proj", hidden, keys), graph.Input(GraphInput.PaddedRows));
        var context = graph.Op(
            "Attention",
            [query, key, value],
            OnnxAttribute.Integer("q_num_heads", architecture.Heads),
            OnnxAttribute.Integer("kv_num_heads", architecture.KeyValueHeads),
            OnnxAttribute.Integer("is_causal", 1),
            OnnxAttribute.Float("scale", 1 / Math.Sqrt(headSize)));
        return graph.Op("Reshape", [context, graph.Integers(-1, queries)]);
    }

    /// <summary>[T, heads x head size] to normalised and rotated heads in the padded shape, [B, S, heads x head size].</summary>
    private string Heads(string x, int heads, string norm)
    {
        var normalized = Normalize(graph.Op("Reshape", [x, graph.Integers(-1, heads, headSize)]), norm, headSize);
        var packed = graph.Op("Reshape", [normalized, graph.Integers(-1, heads * headSize)]);
        return rotary.Rotate(Rows(packed, graph.Input(GraphInput.PaddedRows)), heads);
    }

    private string FeedForward(string name, string x)
    {
        var gate = Linear(x, name + "gate_proj", hidden, architecture.IntermediateSize);
        var up = Linear(x, name + "up_proj", hidden, architecture.IntermediateSize);
        var swish = graph.Op("Mul", [gate, graph.Op("Sigmoid", [gate])]);
        return Linear(graph.Op("Mul", [swish, up]), name + "down_proj", architecture.IntermediateSize, hidden);
    }

    private string Rows(string x, string rows) => graph.Op("Gather", [x, rows], OnnxAttribute.Integer("axis", 0));

    private string Normalize(string x, string name, int size) => graph.Op(
        "RMSNormalization",
        [x, graph.Weight(prefix + name + ".weight", size)],
        OnnxAttribute.Integer("axis", -1),
        OnnxAttribute.Float("epsilon", architecture.RmsNormEpsilon),
        OnnxAttribute.Integer("stash_type", 1));

    private string Linear(string x, string name, int inputSize, int outputSize) =>
        linear.Apply(graph, x, prefix + name + ".weight", null, inputSize, outputSize);
}
