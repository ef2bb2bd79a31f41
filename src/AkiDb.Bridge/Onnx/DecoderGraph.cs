using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>Writes the graph of a language model's layers that are used as an encoder.</summary>
/// <remarks>
/// Packed like <see cref="EncoderGraph"/>. Where attention is causal, padding stands to the right, so that no token ever sees padding.
/// Where one token of each text is pooled, only its row leaves the last attention.
/// </remarks>
internal static class DecoderGraph
{
    public static OnnxModel Build(TransformerModel model, DecoderArchitecture architecture)
    {
        var graph = new OnnxGraph(model.Weights);
        var attention = new AttentionLayers(graph, model);
        var layers = new DecoderLayers(graph, architecture, model.Weights.Prefix, attention);
        var pooling = new PoolingLayer(graph, model);
        var x = layers.Embeddings();
        for (var layer = 0; layer < architecture.Layers; layer++)
        {
            x = layers.Decoder(layer, x, pooling.TakesOneToken && layer == architecture.Layers - 1);
        }

        var rows = new VectorModuleLayers(graph).Apply(pooling.Pool(layers.Finish(x)), model.Modules);
        return graph.Model(rows, model.Dimension, attention.BlockQueries);
    }
}
