using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>Writes the graph of a model, whatever its architecture.</summary>
internal static class GraphBuilder
{
    /// <exception cref="BridgeException">The model has no graph, or its weights do not fit it.</exception>
    public static OnnxModel Build(TransformerModel model)
    {
        try
        {
            return model.Architecture switch
            {
                EncoderArchitecture encoder => EncoderGraph.Build(model, encoder),
                DecoderArchitecture decoder => DecoderGraph.Build(model, decoder),
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
