using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>Writes the pooling of a model into a graph: from the last layer's rows to one row per text.</summary>
internal sealed class PoolingLayer(OnnxGraph graph, TransformerModel model)
{
    private readonly IReadOnlyList<Pooling> poolings = model.Poolings;

    /// <summary>Whether a text's row is that of one of its tokens, so that the last layer may compute it alone.</summary>
    public bool TakesOneToken => poolings is [Pooling.Cls or Pooling.LastToken];

    private GraphInput PoolMask => model.PoolsPrompt ? GraphInput.Mask : GraphInput.PoolMask;

    /// <summary>Pools the rows; the result is [B, H], or as many of them side by side as there are poolings.</summary>
    /// <param name="x">The packed tokens, [T, H]; already [B, H] where <see cref="TakesOneToken"/>.</param>
    public string Pool(string x)
    {
        if (TakesOneToken)
        {
            return x;
        }

        var padded = graph.Op("Gather", [x, graph.Input(GraphInput.PaddedRows)], OnnxAttribute.Integer("axis", 0));
        return poolings is [var only]
            ? only == Pooling.Max ? Largest(padded) : Sum(padded, graph.Input(GraphInput.PoolWeights))
            : graph.Op("Concat", [.. poolings.Select(pooling => OneOfSeveral(pooling, x, padded))], OnnxAttribute.Integer("axis", 1));
    }

    private string Largest(string padded)
    {
        var mask = graph.Op("Unsqueeze", [graph.Input(PoolMask), graph.Integers(2)]);
        return graph.Op("ReduceMax", [graph.Op("Add", [padded, mask]), graph.Integers(1)], OnnxAttribute.Integer("keepdims", 0));
    }

    private string Sum(string padded, string weights)
    {
        var shares = graph.Op("Unsqueeze", [weights, graph.Integers(1)]);
        return graph.Op("Squeeze", [graph.Op("MatMul", [shares, padded]), graph.Integers(1)]);
    }

    /// <summary>The inputs say what one pooling needs; of several, each finds it out from where the tokens stand.</summary>
    private string OneOfSeveral(Pooling pooling, string x, string padded)
    {
        return pooling switch
        {
            Pooling.Cls => graph.Op("Gather", [x, First()], OnnxAttribute.Integer("axis", 0)),
            Pooling.LastToken => graph.Op("Gather", [x, Last()], OnnxAttribute.Integer("axis", 0)),
            Pooling.Max => Largest(padded),
            Pooling.Mean => Sum(padded, graph.Op("Div", [Pooled(), Total(Pooled())])),
            Pooling.MeanSqrtLength => Sum(padded, graph.Op("Div", [Pooled(), graph.Op("Sqrt", [Total(Pooled())])])),
            Pooling.WeightedMean => Sum(padded, graph.Op("Div", [Places(), Total(Places())])),
            _ => throw new ArgumentOutOfRangeException(nameof(pooling)),
        };

        // 1 for a token, 0 for padding.
        string Tokens() => IsZero(GraphInput.Mask);

        // 1 for a token that is pooled, 0 for all else.
        string Pooled() => IsZero(PoolMask);

        string IsZero(GraphInput mask) => graph.Cast(graph.Op("Equal", [graph.Input(mask), graph.Float(0)]), OnnxElement.Float32);

        string Total(string values) => graph.Op("ReduceSum", [values, graph.Integers(1)], OnnxAttribute.Integer("keepdims", 1));

        string Places() => graph.Op("Mul", [Pooled(), graph.Op("CumSum", [Tokens(), graph.Integer(1)])]);

        string FirstOfText() => graph.Op("Gather", [graph.Input(GraphInput.PaddedRows), graph.Integer(0)], OnnxAttribute.Integer("axis", 1));

        string Whole(string values) => graph.Cast(graph.Op("Squeeze", [values, graph.Integers(1)]), OnnxElement.Int32);

        string First() => model.PoolsPrompt ? FirstOfText() : graph.Op("Add", [FirstOfText(), Whole(graph.Op("Sub", [Total(Tokens()), Total(Pooled())]))]);

        string Last() => graph.Op("Add", [FirstOfText(), Whole(graph.Op("Sub", [Total(Tokens()), graph.Float(1)]))]);
    }
}
