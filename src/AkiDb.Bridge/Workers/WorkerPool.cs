namespace AkiDb.Bridge.Workers;

/// <summary>The workers that may be given work, and the queue of those who wait for a seat on one of them.</summary>
/// <remarks>Supervision adds and removes workers; the path of a request only leases seats.</remarks>
/// <param name="seatsPerWorker">Batches in flight per worker: two keep its pipe from running dry.</param>
internal sealed class WorkerPool(int seatsPerWorker)
{
    private readonly Lock gate = new();
    private readonly Dictionary<Worker, int> inFlight = [];
    private readonly LinkedList<TaskCompletionSource<WorkerLease>> waiters = new();
    private BridgeError? outage;

    /// <summary>How many workers may be given work.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return inFlight.Count;
            }
        }
    }

    /// <summary>Why no worker can come by waiting for one; null while one is there or on its way.</summary>
    public BridgeError? Outage
    {
        get
        {
            lock (gate)
            {
                return inFlight.Count == 0 ? outage : null;
            }
        }
    }

    public void Add(Worker worker)
    {
        lock (gate)
        {
            inFlight.Add(worker, 0);
            outage = null;
        }

        HandOut();
    }

    /// <summary>Takes a worker out: it finishes what it has and gets nothing new.</summary>
    public void Remove(Worker worker)
    {
        lock (gate)
        {
            inFlight.Remove(worker);
        }
    }

    /// <summary>No worker will come by waiting: whoever waits is told so, as is whoever asks while it lasts.</summary>
    public void ReportOutage(BridgeError reason)
    {
        List<TaskCompletionSource<WorkerLease>> refused;
        lock (gate)
        {
            outage = reason;
            refused = inFlight.Count == 0 ? [.. waiters] : [];
        }

        foreach (var waiter in refused)
        {
            waiter.TrySetException(new BridgeException(reason));
        }
    }

    /// <summary>Waits for a seat: first come, first served.</summary>
    /// <exception cref="BridgeException">No worker can come (<see cref="Outage"/>).</exception>
    public async ValueTask<WorkerLease> LeaseAsync(CancellationToken cancellationToken)
    {
        LinkedListNode<TaskCompletionSource<WorkerLease>> node;
        lock (gate)
        {
            if (waiters.Count == 0 && FreeWorker() is { } worker)
            {
                inFlight[worker]++;
                return new WorkerLease(this, worker);
            }

            if (inFlight.Count == 0 && outage is not null)
            {
                throw new BridgeException(outage);
            }

            node = waiters.AddLast(new TaskCompletionSource<WorkerLease>(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        try
        {
            using var registration = cancellationToken.UnsafeRegister(static (state, token) => ((TaskCompletionSource<WorkerLease>)state!).TrySetCanceled(token), node.Value);
            return await node.Value.Task.ConfigureAwait(false);
        }
        finally
        {
            lock (gate)
            {
                if (node.List is not null)
                {
                    waiters.Remove(node);
                }
            }
        }
    }

    internal void Return(Worker worker)
    {
        lock (gate)
        {
            if (inFlight.TryGetValue(worker, out var count))
            {
                inFlight[worker] = count - 1;
            }
        }

        HandOut();
    }

    private Worker? FreeWorker()
    {
        Worker? best = null;
        var least = seatsPerWorker;
        foreach (var (worker, count) in inFlight)
        {
            if (count < least)
            {
                (best, least) = (worker, count);
            }
        }

        return best;
    }

    private void HandOut()
    {
        lock (gate)
        {
            while (waiters.First is { } first && FreeWorker() is { } worker)
            {
                waiters.RemoveFirst();
                if (first.Value.TrySetResult(new WorkerLease(this, worker)))
                {
                    inFlight[worker]++;
                }
            }
        }
    }
}
