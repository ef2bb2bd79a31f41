namespace AkiDb.Bridge.Workers;

/// <summary>The workers that may be given work, and the queue of those who wait for a seat on one of them.</summary>
/// <remarks>Supervision adds and removes workers; the path of a request only leases seats.</remarks>
/// <param name="seatsPerWorker">Batches in flight per worker: two keep its pipe from running dry.</param>
/// <param name="time">The clock.</param>
internal sealed class WorkerPool(int seatsPerWorker, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<Worker, int> inFlight = [];
    private readonly LinkedList<Waiter> waiters = new();
    private BridgeError? outage;
    private long servingSince;
    private int outages = -1;

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

    /// <summary>How long there has been a worker without a break; null while there is none. <see cref="TimeSpan.MaxValue"/> until the first break.</summary>
    public TimeSpan? Serving
    {
        get
        {
            lock (gate)
            {
                return inFlight.Count == 0 ? null : outages == 0 ? TimeSpan.MaxValue : time.GetElapsedTime(servingSince);
            }
        }
    }

    public void Add(Worker worker)
    {
        lock (gate)
        {
            if (inFlight.Count == 0)
            {
                servingSince = time.GetTimestamp();
                outages++;
            }

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
            if (inFlight.Remove(worker) && inFlight.Count == 0)
            {
                SendAway(waiter => !waiter.WaitForComing);
            }
        }
    }

    /// <summary>No worker will come by waiting: whoever waits is told so, as is whoever asks while it lasts.</summary>
    /// <remarks>A worker that serves proves the contrary, also for the time after it: its slot will be filled again.</remarks>
    public void ReportOutage(BridgeError reason)
    {
        lock (gate)
        {
            if (inFlight.Count == 0)
            {
                outage = reason;
                SendAway(_ => true);
            }
        }
    }

    /// <summary>A seat, if one is free and nobody waits for it; null otherwise.</summary>
    public WorkerLease? TryLease()
    {
        lock (gate)
        {
            return waiters.Count == 0 && FreeWorker() is { } worker ? Lend(worker) : null;
        }
    }

    /// <summary>Waits for a seat: first come, first served.</summary>
    /// <param name="waitForComing">Whether to wait even when there is no worker at all, for one to come.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The seat; null when there is no worker (any more), and either nobody wants to wait for one or none can come.</returns>
    public async ValueTask<WorkerLease?> LeaseAsync(bool waitForComing, CancellationToken cancellationToken)
    {
        LinkedListNode<Waiter> node;
        lock (gate)
        {
            if (waiters.Count == 0 && FreeWorker() is { } worker)
            {
                return Lend(worker);
            }

            if (inFlight.Count == 0 && (!waitForComing || outage is not null))
            {
                return null;
            }

            node = waiters.AddLast(new Waiter(waitForComing));
        }

        try
        {
            using var registration = cancellationToken.UnsafeRegister(static (state, token) => ((Waiter)state!).TrySetCanceled(token), node.Value);
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

    private WorkerLease Lend(Worker worker)
    {
        inFlight[worker]++;
        return new WorkerLease(this, worker);
    }

    private Worker? FreeWorker()
    {
        Worker? best = null;
        var least = seatsPerWorker;
        foreach (var (worker, count) in inFlight)
        {
            if (count < least && !worker.Connection.Closed.IsCompleted)
            {
                (best, least) = (worker, count);
            }
        }

        return best;
    }

    private void SendAway(Func<Waiter, bool> who)
    {
        foreach (var waiter in waiters.Where(who).ToList())
        {
            waiters.Remove(waiter);
            waiter.TrySetResult(null);
        }
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

    private sealed class Waiter(bool waitForComing) : TaskCompletionSource<WorkerLease?>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public bool WaitForComing { get; } = waitForComing;
    }
}
