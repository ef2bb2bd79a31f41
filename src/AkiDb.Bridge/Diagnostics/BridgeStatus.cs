namespace AkiDb.Bridge.Diagnostics;

/// <summary>How everything is at one moment: the one tree from which <c>/readyz</c>, <c>/health</c>, <c>/api/v1/models</c> and <c>/api/v1/status</c> are written.</summary>
/// <param name="Models">Every model, the default one first; never empty.</param>
/// <remarks>Its sentences may name paths of this machine. The HTTP routes hide those from callers elsewhere.</remarks>
public sealed record BridgeStatus(IReadOnlyList<ModelStatus> Models)
{
    /// <summary>The default model, which decides whether the host is ready.</summary>
    public ModelStatus Default => Models[0];
}
