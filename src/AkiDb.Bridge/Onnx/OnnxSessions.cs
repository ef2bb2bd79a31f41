using System.Globalization;
using AkiDb.Bridge.Models;
using Microsoft.ML.OnnxRuntime;

namespace AkiDb.Bridge.Onnx;

/// <summary>The ONNX Runtime sessions over one graph: one whose runs use a single core each, and one that uses every core for a run.</summary>
/// <remarks>
/// The first answer waits for the narrow session alone; the wide one follows when it was first wanted.
/// Both share their pre-packed weights. 16-bit weights become float32 when a session loads them, which nothing can share:
/// then one session serves both.
/// </remarks>
internal sealed class OnnxSessions : IDisposable
{
    /// <summary>Longer than the gap between two operators; spinning without a limit takes the core from whoever else wants it.</summary>
    private const string SpinMicroseconds = "200";

    private readonly OnnxModel graph;
    private readonly OnnxOptions options;
    private readonly ModelWeights weights;
    private readonly int cores;
    private readonly WeightMapping? mapping;
    private readonly PrePackedWeightsContainer? packed;
    private volatile InferenceSession? wide;
    private int widened;

    private OnnxSessions(TransformerModel model, OnnxModel graph, OnnxOptions options, int cores)
    {
        this.graph = graph;
        this.options = options;
        this.cores = cores;
        weights = model.Weights;
        try
        {
            // ONNX Runtime takes as long to begin as the weights take to be copied, which another thread does: it comes first.
            _ = OnnxEnvironment.Begin();
            mapping = new WeightMapping(model);
            var single = cores == 1 || graph.Weights.Any(name => model.Weights.Tensors[name].Type != "F32");
            if (!single && options.Memory == OnnxMemory.Fast)
            {
                mapping.Share(model, graph.Weights);
                packed = new PrePackedWeightsContainer();
            }

            widened = single ? 1 : 0;
            Narrow = Open(single ? cores : 1);
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or InvalidOperationException or IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            Dispose();
            throw OnnxFailure.OfLoad(model.Id, model.Folder, exception);
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
            wide = Open(cores);
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or InvalidOperationException or IOException or UnauthorizedAccessException or OutOfMemoryException)
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
    }

    private InferenceSession Open(int threads)
    {
        using var settings = OnnxEnvironment.Settings();
        settings.IntraOpNumThreads = threads;
        settings.InterOpNumThreads = 1;
        settings.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;
        settings.EnableCpuMemArena = options.Arena;

        // A pattern is kept for every shape that was ever seen, and packed micro-batches have a new shape nearly every time.
        settings.EnableMemoryPattern = false;
        settings.AddSessionConfigEntry("session.intra_op.allow_spinning", Flag(options.Spinning));
        settings.AddSessionConfigEntry("session.intra_op.spin_duration_us", SpinMicroseconds);
        settings.AddSessionConfigEntry("session.disable_prepacking", Flag(options.Memory == OnnxMemory.Shared));
        mapping!.AddTo(settings, weights);
        return OnnxEnvironment.Open(graph.Bytes, settings, packed);
    }

    private static string Flag(bool value) => (value ? 1 : 0).ToString(CultureInfo.InvariantCulture);
}
