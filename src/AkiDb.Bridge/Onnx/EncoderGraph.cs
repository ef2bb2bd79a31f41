using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>Writes the graph of BERT and its kin.</summary>
/// <remarks>
/// Linear layers, normalisation and activation run on the real tokens, [T, H]; only the attention runs on the padded shape [B, S].
/// Where one token of each text is pooled, the last layer computes that token's row alone.
/// Fused operators are slower than these plain ones on ONNX Runtime's CPU provider.
/// </remarks>
internal static class EncoderGraph
{
    public static OnnxModel Build(TransformerModel model, EncoderArchitecture architecture)
    {
        var graph = new OnnxGraph(model.Weights);
        var attention = new AttentionLayers(graph, model);
        var layers = new EncoderLayers(graph, architecture, model.Weights.Prefix, attention);
        var pooling = new PoolingLayer(graph, model);
        var x = layers.Embeddings();
        for (var layer = 0; layer < architecture.Layers; layer++)
        {
            x = layers.Encoder(layer, x, pooling.TakesOneToken && layer == architecture.Layers - 1);
        }

        var rows = new VectorModuleLayers(graph).Apply(pooling.Pool(layers.Finish(x)), model.Modules);
        return graph.Model(rows, model.Dimension, attention.BlockQueries);
    }
}
