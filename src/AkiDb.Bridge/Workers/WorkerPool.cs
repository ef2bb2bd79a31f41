namespace AkiDb.Bridge.Workers;

/// <summary>The workers that may be given work, and the queue of those who wait for a lease on one of them.</summary>
/// <remarks>Supervision adds and removes workers; the path of a request only leases them.</remarks>
/// <param name="permitsPerWorker">Batches in flight per worker: two keep its pipe from running dry.</param>
/// <param name="time">The clock.</param>
/// <param name="slots">How many slots fill the pool: it is out when each of them is.</param>
internal sealed class WorkerPool(int permitsPerWorker, TimeProvider time, int slots = 1)
{
    private readonly Lock gate = new();
    private readonly Dictionary<Worker, int> inFlight = [];
    private readonly Dictionary<Worker, SuspendedWork> suspended = [];
    private readonly Dictionary<int, BridgeError> outSlots = [];
    private readonly LinkedList<LeaseWaiter> waiters = new();
    private Action freed = static () => { };
    private BridgeError? lastOutage;
    private long servingSince;
    private int outages = -1;

    /// <summary>How long a batch that comes now would wait at a worker. Default: not at all.</summary>
    public Func<Worker, TimeSpan> WaitAt { get; set; } = static _ => TimeSpan.Zero;

    /// <summary>The wait from which on a worker counts like one that is not there, as long as there is another. Default: without end.</summary>
    public Func<TimeSpan> LongWait { get; set; } = static () => TimeSpan.MaxValue;

    /// <summary>How long a batch that comes now would wait at the worker that is free soonest; null without one.</summary>
    public TimeSpan? ShortestWait
    {
        get
        {
            lock (gate)
            {
                return inFlight.Count == 0 ? null : inFlight.Keys.Min(WaitAt);
            }
        }
    }

    /// <summary>The tokens of a batch that suits the workers.</summary>
    public int BatchTokens
    {
        get
        {
            lock (gate)
            {
                return inFlight.Keys.Select(worker => worker.BatchTokens).DefaultIfEmpty(1).Max();
            }
        }
    }

    /// <summary>The precisions that the workers compute in.</summary>
    public IReadOnlyList<string> Precisions
    {
        get
        {
            lock (gate)
            {
                return [.. inFlight.Keys.Select(worker => worker.Precision).Distinct()];
            }
        }
    }

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

    /// <summary>Why it is useless to wait for a worker; null while one is there or on its way.</summary>
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

    /// <summary>Has <paramref name="callback"/> called, from now on, whenever there may be a free permit that was none before.</summary>
    public void OnFreeLease(Action callback) => freed = callback;

    /// <summary>A worker may be given work: a new one, or one that was suspended and still has what it had in flight.</summary>
    public void Add(Worker worker)
    {
        // One that refuses work is about to leave: whoever waits for it looks elsewhere, or for the next one.
        worker.Connection.OnLeaving(() => Suspend(worker));
        lock (gate)
        {
            if (worker.Connection.IsLeaving)
            {
                return;
            }

            if (inFlight.Count == 0)
            {
                servingSince = time.GetTimestamp();
                outages++;
            }

            inFlight.Add(worker, suspended.Remove(worker, out var work) ? work.InFlight : 0);
            outSlots.Remove(worker.Slot);
        }

        ServeWaiters();
        freed();
    }

    /// <summary>Takes a worker out for good, whatever it has in flight.</summary>
    public void Remove(Worker worker)
    {
        lock (gate)
        {
            Suspend(worker);
            suspended.Remove(worker);
        }

        // Who waited for it may be served by one that was busy for longer.
        ServeWaiters();
    }

    /// <summary>Takes a worker out: it finishes what it has and gets nothing new, until it is added again.</summary>
    /// <returns>Completes when its last permit was given back.</returns>
    public Task Suspend(Worker worker)
    {
        lock (gate)
        {
            if (inFlight.Remove(worker, out var count))
            {
                suspended[worker] = new SuspendedWork(count);
                if (inFlight.Count == 0)
                {
                    SendAway(waiter => !waiter.WaitForComing);
                }
            }

            return suspended.TryGetValue(worker, out var work) ? work.Over : Task.CompletedTask;
        }
    }

    /// <summary>No worker of this slot will come by waiting. When that is so of every slot, whoever waits is told so, as is whoever asks while it lasts.</summary>
    /// <remarks>A worker that serves proves the contrary, also for the time after it: its slot will be filled again.</remarks>
    public void ReportOutage(BridgeError reason, int slot = 0)
    {
        lock (gate)
        {
            if (inFlight.Keys.Concat(suspended.Keys).All(worker => worker.Slot != slot))
            {
                outSlots[slot] = lastOutage = reason;
                if (IsOut)
                {
                    SendAway(_ => true);
                }
            }
        }
    }

    /// <summary>A lease, if a permit is free and nobody waits for it; null otherwise.</summary>
    public WorkerLease? TryLease()
    {
        lock (gate)
        {
            return waiters.Count == 0 && FreeWorker() is { } worker ? Lend(worker) : null;
        }
    }

    /// <summary>Waits for a lease: first come, first served.</summary>
    /// <param name="waitForComing">Whether to wait even when there is no worker at all, for one to come.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The lease; null when there is no worker (any more), and either nobody wants to wait for one or none can come.</returns>
    public async ValueTask<WorkerLease?> LeaseAsync(bool waitForComing, CancellationToken cancellationToken)
    {
        LinkedListNode<LeaseWaiter> node;
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

            node = waiters.AddLast(new LeaseWaiter(waitForComing));
        }

        try
        {
            using var registration = cancellationToken.UnsafeRegister(static (state, token) => ((LeaseWaiter)state!).TrySetCanceled(token), node.Value);
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
        TaskCompletionSource? over = null;
        lock (gate)
        {
            if (inFlight.TryGetValue(worker, out var count))
            {
                inFlight[worker] = count - 1;
            }
            else if (suspended.TryGetValue(worker, out var work))
            {
                over = work.GiveBack();
            }
        }

        over?.TrySetResult();
        ServeWaiters();
        freed();
    }

    private WorkerLease Lend(Worker worker)
    {
        inFlight[worker]++;
        return new WorkerLease(this, worker);
    }

    private Worker? FreeWorker()
    {
        var present = inFlight.Where(worker => !worker.Key.Connection.Closed.IsCompleted && !worker.Key.Connection.IsLeaving);
        if (inFlight.Count == 1)
        {
            return present.FirstOrDefault(worker => worker.Value < permitsPerWorker).Key;
        }

        // Behind a long batch waits only what no other worker will take soon.
        var waits = present.Select(worker => (Worker: worker.Key, InFlight: worker.Value, Wait: WaitAt(worker.Key))).ToList();
        var limit = waits.Exists(each => each.Wait <= LongWait()) ? LongWait() : TimeSpan.MaxValue;
        return waits.Where(each => each.InFlight < permitsPerWorker && each.Wait <= limit).OrderBy(each => each.InFlight).ThenBy(each => each.Wait).FirstOrDefault().Worker;
    }

    private void SendAway(Func<LeaseWaiter, bool> who)
    {
        foreach (var waiter in waiters.Where(who).ToList())
        {
            waiters.Remove(waiter);
            waiter.TrySetResult(null);
        }
    }

    private void ServeWaiters()
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
