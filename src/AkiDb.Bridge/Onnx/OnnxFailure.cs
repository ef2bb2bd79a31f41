using Microsoft.ML.OnnxRuntime;

namespace AkiDb.Bridge.Onnx;

/// <summary>Turns what ONNX Runtime throws into the bridge's errors.</summary>
internal static class OnnxFailure
{
    private static readonly string[] MemoryPhrases = ["bad_alloc", "Failed to allocate", "out of memory"];

    public static BridgeError OfRun(Exception exception) => IsMemory(exception)
        ? new(BridgeErrorKind.OutOfMemory, "The in-process engine ran out of memory on this batch; a smaller one may pass.")
        : new(BridgeErrorKind.EngineFault, $"The in-process engine failed on this batch: {exception.Message}");

    public static BridgeException OfLoad(string model, string folder, Exception exception) => IsMemory(exception)
        ? new(BridgeErrorKind.OutOfMemory, $"There is not enough memory to load the model '{model}' in process.", exception)
        : new(
            BridgeErrorKind.BadModel,
            $"The in-process engine could not load the weights of the model '{model}' in '{folder}': {exception.Message} Check the files, or fetch the model again.",
            exception);

    private static bool IsMemory(Exception exception) => exception is OutOfMemoryException
        || (exception is OnnxRuntimeException && MemoryPhrases.Any(phrase => exception.Message.Contains(phrase, StringComparison.OrdinalIgnoreCase)));
}
