using System.Globalization;
using AkiDb.Bridge.Models;
using Microsoft.ML.OnnxRuntime;

namespace AkiDb.Bridge.Onnx;

/// <summary>The ONNX Runtime sessions over one graph: one that uses every core for a run, and one whose runs use a single core each.</summary>
/// <remarks>
/// Both share their pre-packed weights. 16-bit weights become float32 when a session loads them, which nothing can share:
/// then one session serves both.
/// </remarks>
internal sealed class OnnxSessions : IDisposable
{
    /// <summary>Longer than the gap between two operators; spinning without a limit takes the core from whoever else wants it.</summary>
    private const string SpinMicroseconds = "200";

    private readonly WeightMapping? mapping;
    private readonly PrePackedWeightsContainer? packed;

    private OnnxSessions(ModelDescription model, OnnxModel graph, OnnxOptions options, int cores)
    {
        var folder = Folder(model);
        try
        {
            RequireWholeFiles(model, graph);
            var single = cores == 1 || graph.Weights.Any(name => model.Weights.Tensors[name].Type != "F32");
            if (!single && options.Memory == OnnxMemory.Fast)
            {
                mapping = new WeightMapping(model.Weights, graph.Weights);
                packed = new PrePackedWeightsContainer();
            }

            Wide = Open(graph, folder, options, cores);
            Narrow = single ? Wide : Open(graph, folder, options, 1);
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            Dispose();
            throw OnnxFailure.OfLoad(model.Id, folder, exception);
        }
    }

    /// <summary>A run uses every core.</summary>
    public InferenceSession Wide { get; }

    /// <summary>A run uses the core that it was called on; many may run at once.</summary>
    public InferenceSession Narrow { get; }

    public static OnnxSessions Open(ModelDescription model, OnnxModel graph, OnnxOptions options, int cores) => new(model, graph, options, cores);

    public void Dispose()
    {
        Narrow?.Dispose();
        Wide?.Dispose();
        packed?.Dispose();
        mapping?.Dispose();
    }

    /// <summary>ONNX Runtime looks for all weights in one folder.</summary>
    private static string Folder(ModelDescription model)
    {
        string[] folders = [.. model.Weights.Files.Select(file => Path.GetDirectoryName(file)!).Distinct()];
        return folders.Length == 1
            ? folders[0]
            : throw new BridgeException(
                BridgeErrorKind.BadModel,
                $"The weights of the model '{model.Id}' lie in several folders ({string.Join(", ", folders)}); the in-process engine needs them in one.");
    }

    /// <summary>Reading past the end of a mapped file would end the whole process.</summary>
    private static void RequireWholeFiles(ModelDescription model, OnnxModel graph)
    {
        var lengths = model.Weights.Files.ToDictionary(file => file, file => new FileInfo(file).Length);
        foreach (var name in graph.Weights)
        {
            var tensor = model.Weights.Tensors[name];
            var end = tensor.Offset + tensor.Length;
            if (lengths[tensor.File] < end)
            {
                throw new BridgeException(
                    BridgeErrorKind.BadModel,
                    $"The weights file '{tensor.File}' is truncated: the tensor '{name}' ends at byte {end}, the file at byte {lengths[tensor.File]}. Fetch the model again.");
            }
        }
    }

    private InferenceSession Open(OnnxModel graph, string folder, OnnxOptions options, int threads)
    {
        using var settings = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            EnableCpuMemArena = options.Arena,

            // A pattern is kept for every shape that was ever seen, and packed micro-batches have a new shape nearly every time.
            EnableMemoryPattern = false,
        };
        settings.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", folder);
        settings.AddSessionConfigEntry("session.intra_op.allow_spinning", Flag(options.Spinning));
        settings.AddSessionConfigEntry("session.intra_op.spin_duration_us", SpinMicroseconds);
        settings.AddSessionConfigEntry("session.disable_prepacking", Flag(options.Memory == OnnxMemory.Shared));
        mapping?.AddTo(settings);
        return packed is null ? new(graph.Bytes, settings) : new(graph.Bytes, settings, packed);
    }

    private static string Flag(bool value) => (value ? 1 : 0).ToString(CultureInfo.InvariantCulture);
}
