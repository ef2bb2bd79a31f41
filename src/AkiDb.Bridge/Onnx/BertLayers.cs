using System.Globalization;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>The layers of a BERT encoder, written into a graph.</summary>
internal sealed class BertLayers(OnnxGraph graph, BertArchitecture architecture, string prefix, LinearLayer linear)
{
    private readonly int hidden = architecture.HiddenSize;
    private readonly int headSize = architecture.HiddenSize / architecture.Heads;

    /// <summary>Word, type and position embeddings of the packed tokens, [T, H].</summary>
    public string Embeddings()
    {
        const string Name = "embeddings.";
        var words = graph.Rows(
            prefix + Name + "word_embeddings.weight", graph.Input(GraphInput.Ids), architecture.VocabularySize, hidden);
        var type = graph.Rows(
            prefix + Name + "token_type_embeddings.weight", graph.Integers(0), architecture.TokenTypes, hidden);
        var positions = graph.Rows(
            prefix + Name + "position_embeddings.weight", graph.Input(GraphInput.Positions), architecture.MaxPositions, hidden);
        return Normalize(graph.Op("Add", [graph.Op("Add", [words, type]), positions]), Name + "LayerNorm");
    }

    /// <summary>One encoder layer.</summary>
    /// <param name="layer">Its number.</param>
    /// <param name="x">The packed tokens, [T, H].</param>
    /// <param name="mask">What is added to the attention scores, [B, 1, 1, S].</param>
    /// <param name="pooledOnly">Whether only each text's pooled token goes on, [B, H].</param>
    public string Encoder(int layer, string x, string mask, bool pooledOnly)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"encoder.layer.{layer}.");
        var attended = pooledOnly ? graph.Op("Gather", [x, graph.Input(GraphInput.PooledRows)], OnnxAttribute.Integer("axis", 0)) : x;
        var context = Attention(name + "attention.self.", x, attended, mask, pooledOnly);
        var output = Linear(context, name + "attention.output.dense", hidden, hidden);
        var y = Normalize(graph.Op("Add", [output, attended]), name + "attention.output.LayerNorm");
        var inner = graph.Op("Gelu", [Linear(y, name + "intermediate.dense", hidden, architecture.IntermediateSize)]);
        output = Linear(inner, name + "output.dense", architecture.IntermediateSize, hidden);
        return Normalize(graph.Op("Add", [output, y]), name + "output.LayerNorm");
    }

    private string Attention(string name, string x, string attended, string mask, bool pooledOnly)
    {
        var query = Linear(attended, name + "query", hidden, hidden);
        query = pooledOnly ? graph.Op("Reshape", [query, graph.Integers(-1, architecture.Heads, 1, headSize)]) : Heads(query, 0, 2, 1, 3);
        var key = Heads(Linear(x, name + "key", hidden, hidden), 0, 2, 3, 1);
        var value = Heads(Linear(x, name + "value", hidden, hidden), 0, 2, 1, 3);
        var scores = graph.Op("Mul", [graph.Op("MatMul", [query, key]), graph.Float(1 / Math.Sqrt(headSize))]);
        var shares = graph.Op("Softmax", [graph.Op("Add", [scores, mask])], OnnxAttribute.Integer("axis", -1));
        var context = graph.Op("MatMul", [shares, value]);
        if (pooledOnly)
        {
            return graph.Op("Reshape", [context, graph.Integers(-1, hidden)]);
        }

        context = graph.Op("Transpose", [context], OnnxAttribute.Integers("perm", 0, 2, 1, 3));
        context = graph.Op("Reshape", [context, graph.Integers(-1, hidden)]);
        return graph.Op("Gather", [context, graph.Input(GraphInput.PackedRows)], OnnxAttribute.Integer("axis", 0));
    }

    /// <summary>[T, H] to [B, S, heads, head size], transposed.</summary>
    private string Heads(string x, params ReadOnlySpan<long> order)
    {
        var padded = graph.Op("Gather", [x, graph.Input(GraphInput.PaddedRows)], OnnxAttribute.Integer("axis", 0));
        padded = graph.Op("Reshape", [padded, graph.Integers(0, 0, architecture.Heads, headSize)]);
        return graph.Op("Transpose", [padded], OnnxAttribute.Integers("perm", order));
    }

    private string Linear(string x, string name, int inputSize, int outputSize) =>
        linear.Apply(graph, x, prefix + name + ".weight", prefix + name + ".bias", inputSize, outputSize);

    private string Normalize(string x, string name) => graph.Op(
        "LayerNormalization",
        [x, graph.Weight(prefix + name + ".weight", hidden), graph.Weight(prefix + name + ".bias", hidden)],
        OnnxAttribute.Integer("axis", -1),
        OnnxAttribute.Float("epsilon", architecture.LayerNormEpsilon));
}
