using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Batching;
using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.Supervision;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge;

/// <summary>Everything that can be configured for one model: for the default one beside each other in <c>Bridge</c>, for another in its entry of <c>Bridge:Models</c>.</summary>
public class ModelOptions
{
    /// <summary>The model: a name or a folder. Default <c>all-MiniLM-L6-v2</c>, which travels with the product. Also <c>AKIDB_EMBEDDING_MODEL</c>.</summary>
    public string Model { get; set; } = "all-MiniLM-L6-v2";

    /// <summary>What may answer when the workers cannot: <c>same-space</c> (default), <c>any</c> or <c>off</c>.</summary>
    public FallbackPolicy Fallback { get; set; } = FallbackPolicy.SameSpace;

    /// <summary>The second model, which answers in-process under the policy <c>any</c>; null (default) for none.</summary>
    public string? FallbackModel { get; set; }

    /// <summary>How a worker computes.</summary>
    public WorkerOptions Worker { get; } = new();

    /// <summary>How workers are kept alive.</summary>
    public SupervisionOptions Supervision { get; } = new();

    /// <summary>The in-process engine.</summary>
    public OnnxOptions Onnx { get; } = new();

    /// <summary>How long calls may take.</summary>
    public DispatchOptions Dispatch { get; } = new();

    /// <summary>How requests are cut into batches.</summary>
    public BatchingOptions Batching { get; } = new();

    /// <summary>How much is taken on.</summary>
    public AdmissionOptions Admission { get; } = new();
}
