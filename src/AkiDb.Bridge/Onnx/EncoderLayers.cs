using System.Globalization;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>The layers of BERT or one of its kin, written into a graph.</summary>
internal sealed class EncoderLayers(OnnxGraph graph, EncoderArchitecture architecture, string prefix, AttentionLayers attention)
{
    private readonly EncoderLayout layout = architecture.Layout;
    private readonly EncoderBiases biases = architecture.Biases ?? architecture.Layout.Biases;
    private readonly int hidden = architecture.HiddenSize;
    private readonly int wide = architecture.IntermediateSize;

    private bool NormalizesInputs => layout.FinalNorm is not null;

    /// <summary>Word, type and position embeddings of the packed tokens, [T, H].</summary>
    public string Embeddings()
    {
        var sum = graph.Rows($"{prefix}{layout.Words}.weight", graph.Input(GraphInput.Ids), architecture.VocabularySize, hidden);
        if (architecture.TokenTypes > 0)
        {
            sum = graph.Op("Add", [sum, graph.Rows($"{prefix}{layout.TokenTypes}.weight", graph.Integers(0), architecture.TokenTypes, hidden)]);
        }

        if (layout.Positions is { } positions)
        {
            sum = graph.Op("Add", [sum, graph.Rows($"{prefix}{positions}.weight", graph.Input(GraphInput.Positions), architecture.MaxPositions, hidden)]);
        }

        return Normalize(sum, layout.EmbeddingNorm);
    }

    /// <summary>One encoder layer.</summary>
    /// <param name="layer">Its number.</param>
    /// <param name="x">The packed tokens, [T, H].</param>
    /// <param name="pooledOnly">Whether only each text's pooled token goes on, [B, H].</param>
    public string Encoder(int layer, string x, bool pooledOnly)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{layout.Layer}{layer}.");
        var attended = layout.NormalizesBefore(layer) ? Normalize(x, name + layout.AttentionNorm) : x;
        var queried = pooledOnly && attention.TakesPooledQueries(layer) ? Pooled(attended) : attended;
        var context = attention.Apply(
            layer,
            Linear(queried, name, layout.Query, biases.Query, hidden, hidden),
            Linear(attended, name, layout.Key, biases.Query, hidden, hidden),
            Linear(attended, name, layout.Value, biases.Query, hidden, hidden),
            pooledOnly);
        var output = Linear(context, name, layout.AttentionOutput, biases.AttentionOutput, hidden, hidden);
        x = graph.Op("Add", [output, pooledOnly ? Pooled(x) : x]);
        x = NormalizesInputs ? x : Normalize(x, name + layout.AttentionNorm);
        output = FeedForward(name, NormalizesInputs ? Normalize(x, name + layout.OutputNorm) : x);
        x = graph.Op("Add", [output, x]);
        return NormalizesInputs ? x : Normalize(x, name + layout.OutputNorm);
    }

    /// <summary>What follows the last layer.</summary>
    public string Finish(string x) => layout.FinalNorm is { } norm ? Normalize(x, norm) : x;

    private string FeedForward(string name, string x)
    {
        var up = Linear(x, name, layout.Up, biases.Up, hidden, wide);
        var inner = layout.Gate is { } gate
            ? graph.Op("Mul", [ActivationLayer.Apply(graph, Linear(x, name, gate, biases.Up, hidden, wide), architecture.Activation), up])
            : ActivationLayer.Apply(graph, up, architecture.Activation);
        return Linear(inner, name, layout.Down, biases.Down, wide, hidden);
    }

    private string Pooled(string x) => graph.Op("Gather", [x, graph.Input(GraphInput.PooledRows)], OnnxAttribute.Integer("axis", 0));

    private string Linear(string x, string layer, LinearName name, bool hasBias, int inputSize, int outputSize) =>
        graph.Linear(x, prefix + layer + name.Weight, hasBias ? prefix + layer + name.Bias : null, inputSize, outputSize);

    private string Normalize(string x, string name)
    {
        var weight = graph.Weight($"{prefix}{name}.weight", hidden);
        ReadOnlySpan<string> arguments = biases.Norm ? [x, weight, graph.Weight($"{prefix}{name}.bias", hidden)] : [x, weight];
        return graph.Op(
            "LayerNormalization", arguments, OnnxAttribute.Integer("axis", -1), OnnxAttribute.Float("epsilon", architecture.LayerNormEpsilon));
    }
}
