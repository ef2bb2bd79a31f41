using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>Writes the graph of a BERT encoder.</summary>
/// <remarks>
/// Linear layers, normalisation and activation run on the real tokens, [T, H]; only the attention runs on the padded shape [B, S].
/// Where one token of each text is pooled, the last layer computes that token's row alone.
/// Fused operators are slower than these plain ones on ONNX Runtime's CPU provider.
/// </remarks>
internal static class BertGraph
{
    private const int OperatorSet = 21;

    public static OnnxModel Build(TransformerModel model, LinearLayer linear)
    {
        var architecture = (BertArchitecture)model.Architecture;
        var graph = new OnnxGraph(model.Weights);
        var layers = new BertLayers(graph, architecture, model.Weights.Prefix, linear);
        var pooling = new PoolingLayer(graph, model.Pooling);
        var x = layers.Embeddings();
        var mask = graph.Op("Unsqueeze", [graph.Input(GraphInput.Mask), graph.Integers(1, 2)]);
        for (var layer = 0; layer < architecture.Layers; layer++)
        {
            x = layers.Encoder(layer, x, mask, pooling.TakesOneToken && layer == architecture.Layers - 1);
        }

        return graph.Model(pooling.Pool(x), architecture.HiddenSize, OperatorSet);
    }
}
