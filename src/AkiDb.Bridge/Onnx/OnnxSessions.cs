using System.Globalization;
using AkiDb.Bridge.Models;
using Microsoft.ML.OnnxRuntime;

namespace AkiDb.Bridge.Onnx;

/// <summary>The ONNX Runtime sessions over one graph: one whose runs use a single core each, and one that uses every core for a run.</summary>
/// <remarks>
/// The first answer waits for the narrow session alone; the wide one follows when it was first wanted, and only from the same files.
/// Both share their pre-packed weights. 16-bit weights become float32 when a session loads them, which nothing can share:
/// then one session serves both.
/// </remarks>
internal sealed class OnnxSessions : IDisposable
{
    /// <summary>Longer than the gap between two operators; spinning without a limit takes the core from whoever else wants it.</summary>
    private const string SpinMicroseconds = "200";

    private readonly OnnxModel graph;
    private readonly OnnxOptions options;
    private readonly string folder;
    private readonly int cores;
    private readonly FileStamp[] files;
    private readonly WeightMapping? mapping;
    private readonly PrePackedWeightsContainer? packed;
    private readonly List<(string Name, OrtValue Value)> given = [];
    private volatile InferenceSession? wide;
    private int widened;

    private OnnxSessions(TransformerModel model, OnnxModel graph, OnnxOptions options, int cores)
    {
        this.graph = graph;
        this.options = options;
        this.cores = cores;
        folder = Folder(model);
        files = FileStamp.Of(model.Weights.Files);
        try
        {
            RequireWholeFiles(model, graph);
            given.AddRange(graph.Given.Select(tensor => (tensor.Name, tensor.ToValue())));
            var single = cores == 1 || graph.Weights.Any(name => model.Weights.Tensors[name].Type != "F32");
            if (!single && options.Memory == OnnxMemory.Fast)
            {
                mapping = new WeightMapping(model.Weights, graph.Weights);
                packed = new PrePackedWeightsContainer();
            }

            widened = single ? 1 : 0;
            Narrow = Open(single ? cores : 1);
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            Dispose();
            throw OnnxFailure.OfLoad(model.Id, folder, exception);
        }
    }

    /// <summary>A run uses every core, as soon as <see cref="Widen"/> has opened such a session.</summary>
    public InferenceSession Wide => wide ?? Narrow;

    /// <summary>A run uses the core that it was called on; many may run at once.</summary>
    public InferenceSession Narrow { get; }

    public static OnnxSessions Open(TransformerModel model, OnnxModel graph, OnnxOptions options, int cores) => new(model, graph, options, cores);

    /// <summary>Opens the session that uses every core, once; the other one can run meanwhile.</summary>
    public void Widen()
    {
        if (Interlocked.Exchange(ref widened, 1) != 0)
        {
            return;
        }

        try
        {
            if (!FilesAreTheSame())
            {
                return;
            }

            var opened = Open(cores);
            if (FilesAreTheSame())
            {
                wide = opened;
            }
            else
            {
                opened.Dispose();
            }
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            // The narrow session goes on: the same vectors, one core a run.
        }
    }

    public void Dispose()
    {
        wide?.Dispose();
        Narrow?.Dispose();
        packed?.Dispose();
        mapping?.Dispose();
        given.ForEach(tensor => tensor.Value.Dispose());
    }

    /// <summary>ONNX Runtime looks for all weights in one folder.</summary>
    private static string Folder(TransformerModel model)
    {
        string[] folders = [.. model.Weights.Files.Select(file => Path.GetDirectoryName(file)!).Distinct()];
        return folders.Length == 1
            ? folders[0]
            : throw new BridgeException(
                BridgeErrorKind.BadModel,
                $"The weights of the model '{model.Id}' lie in several folders ({string.Join(", ", folders)}); the in-process engine needs them in one.");
    }

    /// <summary>Reading past the end of a mapped file would end the whole process.</summary>
    private static void RequireWholeFiles(TransformerModel model, OnnxModel graph)
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

    private bool FilesAreTheSame() => FileStamp.Of(files.Select(file => file.File)).SequenceEqual(files);

    private InferenceSession Open(int threads)
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
        given.ForEach(tensor => settings.AddInitializer(tensor.Name, tensor.Value));
        return packed is null ? new(graph.Bytes, settings) : new(graph.Bytes, settings, packed);
    }

    private static string Flag(bool value) => (value ? 1 : 0).ToString(CultureInfo.InvariantCulture);
}
