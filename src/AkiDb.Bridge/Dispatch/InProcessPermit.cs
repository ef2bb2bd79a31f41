namespace AkiDb.Bridge.Dispatch;

/// <summary>The permit for one batch on the in-process engine. Disposing it gives it back; a second time changes nothing.</summary>
internal sealed class InProcessPermit(SemaphoreSlim permits) : IDisposable
{
    private SemaphoreSlim? permits = permits;

    public void Dispose() => Interlocked.Exchange(ref permits, null)?.Release();
}
