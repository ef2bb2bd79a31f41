using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>Writes the graph of a model, whatever its architecture.</summary>
internal static class EncoderGraph
{
    /// <param name="model">The model.</param>
    /// <param name="linear">How its linear layers are computed.</param>
    /// <exception cref="BridgeException">The model has no graph, or its weights do not fit it.</exception>
    public static OnnxModel Build(TransformerModel model, LinearLayer linear)
    {
        try
        {
            return model.Architecture switch
            {
                BertArchitecture => BertGraph.Build(model, linear),
                Qwen3Architecture => Qwen3Graph.Build(model, linear),
                var other => throw new BridgeException(
                    BridgeErrorKind.BadModel, $"The in-process engine has no graph for the architecture '{other.Name}' of the model '{model.Id}'."),
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            throw OnnxFailure.OfLoad(model.Id, model.Folder, exception);
        }
    }
}
