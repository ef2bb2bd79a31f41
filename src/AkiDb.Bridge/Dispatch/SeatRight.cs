namespace AkiDb.Bridge.Dispatch;

/// <summary>One of the in-process engine's seats. Disposing it, once, gives it back.</summary>
internal sealed class SeatRight(SemaphoreSlim seats) : IDisposable
{
    private SemaphoreSlim? seats = seats;

    public void Dispose() => Interlocked.Exchange(ref seats, null)?.Release();
}
