namespace AkiDb.Bridge.Admission;

/// <summary>The tokens that one request has been admitted with. Its account gives them back.</summary>
internal sealed class AdmissionPermit(AdmissionGate gate, string caller, long tokens, EmbeddingPriority priority) : IDisposable
{
    public void Dispose() => gate.Release(caller, tokens, priority);
}
