using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>Writes the pooling of a model into a graph: from the last layer's rows to one row per text.</summary>
internal sealed class PoolingLayer(OnnxGraph graph, Pooling pooling)
{
    /// <summary>Whether a text's row is that of one of its tokens, so that the last layer may compute it alone.</summary>
    public bool TakesOneToken => pooling is Pooling.Cls or Pooling.LastToken;

    /// <summary>Pools the rows; the result is [B, H].</summary>
    /// <param name="x">The packed tokens, [T, H]; already [B, H] where <see cref="TakesOneToken"/>.</param>
    public string Pool(string x)
    {
        if (TakesOneToken)
        {
            return x;
        }

        var padded = graph.Op("Gather", [x, graph.Input(GraphInput.PaddedRows)], OnnxAttribute.Integer("axis", 0));
        if (pooling == Pooling.Max)
        {
            var mask = graph.Op("Unsqueeze", [graph.Input(GraphInput.Mask), graph.Integers(2)]);
            return graph.Op(
                "ReduceMax", [graph.Op("Add", [padded, mask]), graph.Integers(1)], OnnxAttribute.Integer("keepdims", 0));
        }

        var shares = graph.Op("Unsqueeze", [graph.Input(GraphInput.PoolWeights), graph.Integers(1)]);
        return graph.Op("Squeeze", [graph.Op("MatMul", [shares, padded]), graph.Integers(1)]);
    }
}
