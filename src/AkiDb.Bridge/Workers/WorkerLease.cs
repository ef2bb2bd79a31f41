namespace AkiDb.Bridge.Workers;

/// <summary>The right to one batch in flight on one worker. Disposing it, once, gives the permit back.</summary>
internal sealed class WorkerLease(WorkerPool pool, Worker worker) : IDisposable
{
    private WorkerPool? pool = pool;

    public Worker Worker { get; } = worker;

    public void Dispose() => Interlocked.Exchange(ref pool, null)?.Return(Worker);
}
