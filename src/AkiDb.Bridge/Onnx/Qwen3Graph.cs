using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>Writes the graph of a Qwen3 decoder that is used as an encoder.</summary>
/// <remarks>
/// Packed like <see cref="BertGraph"/>. Attention is causal and padding stands to the right, so that no token ever sees padding.
/// Where one token of each text is pooled, only its row leaves the last attention.
/// </remarks>
internal static class Qwen3Graph
{
    private const int OperatorSet = 23;

    public static OnnxModel Build(TransformerModel model, LinearLayer linear)
    {
        var architecture = (Qwen3Architecture)model.Architecture;
        var graph = new OnnxGraph(model.Weights);
        var layers = new Qwen3Layers(graph, architecture, model.Weights.Prefix, linear);
        var pooling = new PoolingLayer(graph, model.Pooling);
        var x = layers.Embeddings();
        for (var layer = 0; layer < architecture.Layers; layer++)
        {
            x = layers.Decoder(layer, x, pooling.TakesOneToken && layer == architecture.Layers - 1);
        }

        return graph.Model(pooling.Pool(layers.Normalize(x, "norm")), architecture.HiddenSize, OperatorSet);
    }
}
