namespace AkiDb.Bridge.Workers;

/// <summary>The workers that may be given work, and the queue of those who wait for a seat on one of them.</summary>
/// <remarks>Supervision adds and removes workers; the path of a request only leases seats.</remarks>
/// <param name="seatsPerWorker">Batches in flight per worker: two keep its pipe from running dry.</param>
/// <param name="time">The clock.</param>
/// <param name="slots">How many slots fill the pool: it is out when each of them is.</param>
internal sealed class WorkerPool(int seatsPerWorker, TimeProvider time, int slots = 1)
{
    private readonly Lock gate = new();
    private readonly Dictionary<Worker, int> inFlight = [];
    private readonly Dictionary<Worker, SuspendedWork> resting = [];
    private readonly Dictionary<int, BridgeError> outSlots = [];
    private readonly LinkedList<SeatWaiter> waiters = new();
    private Action freed = static () => { };
    private BridgeError? lastOutage;
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
                return IsOut ? lastOutage : null;
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

    private bool IsOut => inFlight.Count == 0 && outSlots.Count >= slots;

    /// <summary>Has somebody told, from now on, whenever there may be a free seat that was none before.</summary>
    public void OnFreeSeat(Action told) => freed = told;

    /// <summary>A worker may be given work: a new one, or one that was suspended and still has what it had in flight.</summary>
    public void Add(Worker worker)
    {
        lock (gate)
        {
            if (inFlight.Count == 0)
            {
                servingSince = time.GetTimestamp();
                outages++;
            }

            inFlight.Add(worker, resting.Remove(worker, out var rest) ? rest.InFlight : 0);
            outSlots.Remove(worker.Slot);
        }

        HandOut();
        freed();
    }

    /// <summary>Takes a worker out for good, whatever it has in flight.</summary>
    public void Remove(Worker worker)
    {
        lock (gate)
        {
            Suspend(worker);
            resting.Remove(worker);
        }
    }

    /// <summary>Takes a worker out: it finishes what it has and gets nothing new, until it is added again.</summary>
    /// <returns>Completes when its last seat was given back.</returns>
    public Task Suspend(Worker worker)
    {
        lock (gate)
        {
            if (inFlight.Remove(worker, out var count))
            {
                resting[worker] = new SuspendedWork(count);
                if (inFlight.Count == 0)
                {
                    SendAway(waiter => !waiter.WaitForComing);
                }
            }

            return resting.TryGetValue(worker, out var rest) ? rest.Over : Task.CompletedTask;
        }
    }

    /// <summary>No worker of this slot will come by waiting. When that is so of every slot, whoever waits is told so, as is whoever asks while it lasts.</summary>
    /// <remarks>A worker that serves proves the contrary, also for the time after it: its slot will be filled again.</remarks>
    public void ReportOutage(BridgeError reason, int slot = 0)
    {
        lock (gate)
        {
            if (inFlight.Keys.Concat(resting.Keys).All(worker => worker.Slot != slot))
            {
                outSlots[slot] = lastOutage = reason;
                if (IsOut)
                {
                    SendAway(_ => true);
                }
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
        LinkedListNode<SeatWaiter> node;
        lock (gate)
        {
            if (waiters.Count == 0 && FreeWorker() is { } worker)
            {
                return Lend(worker);
            }

            if (inFlight.Count == 0 && (!waitForComing || IsOut))
            {
                return null;
            }

            node = waiters.AddLast(new SeatWaiter(waitForComing));
        }

        try
        {
            using var registration = cancellationToken.UnsafeRegister(static (state, token) => ((SeatWaiter)state!).TrySetCanceled(token), node.Value);
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
            else if (resting.TryGetValue(worker, out var rest))
            {
                rest.GiveBack();
            }
        }

        HandOut();
        freed();
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
            if (count < least && !worker.Connection.Closed.IsCompleted && !worker.Connection.IsLeaving)
            {
                (best, least) = (worker, count);
            }
        }

        return best;
    }

    private void SendAway(Func<SeatWaiter, bool> who)
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
}
