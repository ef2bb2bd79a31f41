using System.Globalization;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>The layers of a language model, written into a graph.</summary>
internal sealed class DecoderLayers(OnnxGraph graph, DecoderArchitecture architecture, string prefix, AttentionLayers attention)
{
    private readonly DecoderLayout layout = architecture.Layout;
    private readonly AttentionShape shape = architecture.Attention;
    private readonly int hidden = architecture.HiddenSize;

    /// <summary>The embeddings of the packed tokens, [T, H].</summary>
    public string Embeddings()
    {
        var words = graph.Rows(prefix + "embed_tokens.weight", graph.Input(GraphInput.Ids), architecture.VocabularySize, hidden);
        return layout.ScalesEmbeddings ? graph.Op("Mul", [words, graph.Float(Math.Sqrt(hidden))]) : words;
    }

    /// <summary>One decoder layer.</summary>
    /// <param name="layer">Its number.</param>
    /// <param name="x">The packed tokens, [T, H].</param>
    /// <param name="pooledOnly">Whether only each text's pooled token leaves the attention, [B, H].</param>
    public string Decoder(int layer, string x, bool pooledOnly)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"layers.{layer}.");
        var attended = Normalize(x, name + "input_layernorm", hidden);
        var context = attention.Apply(
            layer,
            Heads(attended, name + "self_attn.q", shape.Heads, layout.HasHeadNorms),
            Heads(attended, name + "self_attn.k", shape.KeyValueHeads, layout.HasHeadNorms),
            Heads(attended, name + "self_attn.v", shape.KeyValueHeads, normalizes: false),
            pooledOnly);
        x = pooledOnly ? graph.Op("Gather", [x, graph.Input(GraphInput.PooledRows)], OnnxAttribute.Integer("axis", 0)) : x;
        x = Sum(x, Linear(context, name + "self_attn.o_proj", shape.QuerySize, hidden, architecture.HasAttentionBias), name, layout.AttentionOutputNorm);
        return Sum(x, FeedForward(name + "mlp.", Normalize(x, name + layout.FeedForwardNorm, hidden)), name, layout.FeedForwardOutputNorm);
    }

    /// <summary>What follows the last layer.</summary>
    public string Finish(string x) => Normalize(x, "norm", hidden);

    private string Sum(string x, string output, string name, string? norm) =>
        graph.Op("Add", [x, norm is null ? output : Normalize(output, name + norm, hidden)]);

    /// <summary>The query, key or value heads of the packed tokens, [T, heads x head size].</summary>
    private string Heads(string x, string name, int heads, bool normalizes)
    {
        var size = heads * shape.HeadSize;
        var all = Linear(x, name + "_proj", hidden, size, architecture.HasQueryBias);
        if (!normalizes)
        {
            return all;
        }

        var each = graph.Op("Reshape", [all, graph.Integers(-1, heads, shape.HeadSize)]);
        return graph.Op("Reshape", [Normalize(each, name + "_norm", shape.HeadSize), graph.Integers(-1, size)]);
    }

    private string FeedForward(string name, string x)
    {
        var gate = Linear(x, name + "gate_proj", hidden, architecture.IntermediateSize, hasBias: false);
        var up = Linear(x, name + "up_proj", hidden, architecture.IntermediateSize, hasBias: false);
        var inner = graph.Op("Mul", [ActivationLayer.Apply(graph, gate, architecture.Activation), up]);
        return Linear(inner, name + "down_proj", architecture.IntermediateSize, hidden, hasBias: false);
    }

    private string Normalize(string x, string name, int size)
    {
        var weight = graph.Weight($"{prefix}{name}.weight", size);
        return graph.Op(
            "RMSNormalization",
            [x, layout.AddsOneToNorms ? graph.Op("Add", [weight, graph.Float(1)]) : weight],
            OnnxAttribute.Integer("axis", -1),
            OnnxAttribute.Float("epsilon", architecture.RmsNormEpsilon),
            OnnxAttribute.Integer("stash_type", 1));
    }

    private string Linear(string x, string name, int inputSize, int outputSize, bool hasBias) =>
        graph.Linear(x, $"{prefix}{name}.weight", hasBias ? $"{prefix}{name}.bias" : null, inputSize, outputSize);
}
