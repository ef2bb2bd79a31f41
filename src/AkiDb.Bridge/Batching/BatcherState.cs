using AkiDb.Bridge.Dispatch;

namespace AkiDb.Bridge.Batching;

/// <summary>Everything that a batcher knows, under one lock: open requests, texts that wait, batches that run. Nothing in here waits, and nothing calls out.</summary>
/// <remarks>
/// The rule: every text that was taken in ends exactly once, with a row or with an error, no later than its deadline and 50 ms, whatever joins, leaves, dies
/// or is given up at the same time. What keeps it:
/// 1. A text is open or closed. Only an open one can be joined or left, and closing it decides, under the lock, who gets its row or its error.
/// 2. A batch that nobody waits for is closed, with all its texts, before it is told: an equal text that comes now is computed anew.
/// 3. Who joins a running batch with more time than it has waits on when that time is over: the text goes back to its queue.
/// 4. A batch that ends closes what it has not answered: whoever still waits for that gets an internal error, not silence.
/// 5. A request ends once, and with it leaves all its texts; the <see cref="DeadlineWatchdog"/> ends what nobody else has ended.
/// </remarks>
internal sealed class BatcherState(int batchTokens, TimeProvider time)
{
    // The largest sum that was seen fades by this part with every batch, because engines may go away.
    private const int FullFade = 64;

    // Timers count milliseconds: a batch that ends so shortly before its time is over ended because of it.
    private static readonly TimeSpan TimerPrecision = TimeSpan.FromMilliseconds(5);

    private readonly Lock gate = new();
    private readonly LinkedList<EmbedJob> open = new();
    private readonly HashSet<RunningBatch> running = [];
    private readonly TaskCompletionSource idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DrainRate rate = new(time);
    private long arrivals;
    private long batches;
    private long runningTokens;
    private long fullTokens;
    private long answeredTokens;
    private bool closed;

    /// <summary>A queue for each set of engines that texts may be computed by.</summary>
    public IReadOnlyList<TextQueue> Queues { get; } =
    [
        new(new EngineRequirements(true, false), batchTokens),
        new(new EngineRequirements(false, false), batchTokens),
        new(new EngineRequirements(true, true), batchTokens),
        new(new EngineRequirements(false, true), batchTokens),
    ];

    /// <summary>Completes when nothing runs any more, after <see cref="Close"/>.</summary>
    public Task Idle => idle.Task;

    /// <summary>The tokens that wait, by lane, and how fast they are worked off.</summary>
    public (long Interactive, long Bulk, double? TokensPerSecond) Waiting
    {
        get
        {
            lock (gate)
            {
                return (Queues.Sum(queue => queue.Interactive.Tokens), Queues.Sum(queue => queue.Bulk.Tokens), rate.TokensPerSecond);
            }
        }
    }

    /// <summary>What a caller's request of so many tokens would find before it; null while there is no telling.</summary>
    public Backlog? BacklogFor(string caller, long tokens, EmbeddingPriority priority)
    {
        lock (gate)
        {
            if (rate.TokensPerSecond is not { } tokensPerSecond)
            {
                return null;
            }

            long before = 0;
            long own = 0;
            foreach (var queue in Queues)
            {
                own += queue.LaneOf(priority).TokensOf(caller);
                // Bulk work comes after everything. Beside interactive work it gets one batch in five, half as large: an eighth of the interactive tokens.
                before += priority == EmbeddingPriority.Bulk
                    ? queue.Interactive.Tokens + queue.Bulk.Before(caller, tokens)
                    : queue.Interactive.Before(caller, tokens);
                before += priority == EmbeddingPriority.Bulk ? 0 : Math.Min(queue.Bulk.Tokens, queue.Interactive.Tokens / 8);
            }

            return new Backlog(before, own, runningTokens, fullTokens, answeredTokens, rate.BatchTime, tokensPerSecond);
        }
    }

    /// <summary>A request begins.</summary>
    /// <returns>False when nothing is taken in any more.</returns>
    public bool TryOpen(EmbedJob job)
    {
        lock (gate)
        {
            if (closed)
            {
                return false;
            }

            job.Place = open.AddLast(job);
            return true;
        }
    }

    /// <summary>A text of an open request joins its queue, or an equal one that is there already.</summary>
    /// <returns>False when the request has ended.</returns>
    public bool TryAdd(EmbedJob job, int index, ReadOnlyMemory<int> ids, EngineRequirements requirements)
    {
        lock (gate)
        {
            if (job.Place is null)
            {
                return false;
            }

            var queue = QueueOf(requirements);
            if (!queue.Texts.TryGetValue(ids, out var text))
            {
                text = new QueuedText(ids, arrivals++, queue, time.GetTimestamp());
                queue.Texts.Add(ids, text);
                queue.LaneOf(job.Priority).Add(text, job.Caller);
            }
            else if (text.Lane == queue.Bulk && job.Priority == EmbeddingPriority.Interactive)
            {
                queue.Bulk.Remove(text);
                queue.Interactive.Add(text, job.Caller);
            }
            else if (text.Lane == queue.LaneOf(job.Priority))
            {
                text.Lane.Join(text, job.Caller);
            }
            else if (text.Batch is { } batch && text.Waiters.Count == 0)
            {
                batch.Wanted++;
            }

            job.Waiting.Add(text.Waiters.AddLast(new TextWaiter(job, index, text)));
            return true;
        }
    }

    /// <summary>Whoever calls this and gets true pumps the queue, until a cut finds it empty.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="grown">Told that the queue's next batch is full, if it is.</param>
    public bool TryBeginPump(TextQueue queue, out TaskCompletionSource? grown)
    {
        lock (gate)
        {
            grown = queue.Growing is { } growing && queue.Fills(growing.LeaseTokens) ? growing.Grown : null;
            if (queue.IsPumped || queue.IsEmpty || closed)
            {
                return false;
            }

            queue.IsPumped = true;
            return true;
        }
    }

    /// <summary>The queue is pumped no more, although it may not be empty.</summary>
    public void EndPump(TextQueue queue)
    {
        lock (gate)
        {
            queue.IsPumped = false;
        }
    }

    /// <summary>Lets a queue's next batch grow if it would only wait until its engine has computed another one.</summary>
    /// <returns>Completes when it is full or some lease has come back; null when it need not wait.</returns>
    public Task? TryGrow(TextQueue queue, EngineLease lease)
    {
        lock (gate)
        {
            var isBehindAnother = lease.ComputesInOrder && running.Any(batch => batch.Lease is { IsReturned: false } other && other.Engine == lease.Engine);
            if (!isBehindAnother || queue.IsEmpty || queue.Fills(lease.BatchTokens))
            {
                return null;
            }

            queue.Growing = (lease.BatchTokens, new TaskCompletionSource());
            return queue.Growing.Value.Grown.Task;
        }
    }

    /// <summary>The queue's next batch is cut, grown or not.</summary>
    public void StopGrowing(TextQueue queue)
    {
        lock (gate)
        {
            queue.Growing = null;
        }
    }

    /// <summary>Those who let batches grow.</summary>
    public IReadOnlyList<TaskCompletionSource> Growing()
    {
        lock (gate)
        {
            return [.. Queues.Select(queue => queue.Growing?.Grown).OfType<TaskCompletionSource>()];
        }
    }

    /// <summary>Cuts the queue's next batch; null when it is empty, and nobody pumps it then.</summary>
    /// <param name="queue">Where it is cut.</param>
    /// <param name="lease">Where it is to be computed; null when no engine can answer, which its texts are told.</param>
    public RunningBatch? Cut(TextQueue queue, EngineLease? lease)
    {
        lock (gate)
        {
            var texts = closed ? [] : queue.Cut(lease?.BatchTokens ?? int.MaxValue);
            if (texts.Count == 0)
            {
                queue.IsPumped = false;
                return null;
            }

            var deadline = texts.Max(text => text.Waiters.Max(waiter => waiter.Job.Deadline));
            var batch = new RunningBatch(++batches, texts, lease, time.GetTimestamp(), deadline, !queue.IsEmpty);
            foreach (var text in texts)
            {
                text.Batch = batch;
            }

            runningTokens += batch.Tokens;
            running.Add(batch);
            var engines = running.Where(each => each.Lease is { IsReturned: false }).DistinctBy(each => each.Lease!.Engine);
            fullTokens = Math.Max(engines.Sum(each => (long)each.Lease!.BatchTokens), fullTokens - (fullTokens / FullFade));
            return batch;
        }
    }

    /// <summary>Texts of a running batch have got their rows: nobody joins them or leaves them any more.</summary>
    /// <returns>Who gets them.</returns>
    public IReadOnlyList<TextWaiter> Answer(RunningBatch batch, int first, int count)
    {
        lock (gate)
        {
            var waiters = new List<TextWaiter>(count);
            for (var i = first; i < first + count; i++)
            {
                var text = batch.Texts[i];
                waiters.AddRange(text.Waiters);
                CloseText(text);
            }

            return waiters;
        }
    }

    /// <summary>Those who got rows have had them written.</summary>
    /// <returns>The requests that have ended with it.</returns>
    public List<EmbedJob> Record(IReadOnlyList<TextWaiter> waiters, in DispatchReply reply, RunningBatch batch)
    {
        var ended = new List<EmbedJob>();
        var now = time.GetUtcNow();
        lock (gate)
        {
            foreach (var (job, _, text) in waiters)
            {
                answeredTokens += text.Ids.Length;
                if (job.Place is not null && job.Record(reply, batch.Number, now))
                {
                    Leave(job);
                    ended.Add(job);
                }
            }
        }

        return ended;
    }

    /// <summary>Texts of a running batch have failed. Whoever waits for one whose batch had less time than it has goes on waiting.</summary>
    /// <returns>The requests that have ended with it, and the batches that nobody waits for now.</returns>
    public (List<EmbedJob> Ended, IReadOnlyList<RunningBatch> Unwanted) Fail(RunningBatch batch, int first, int count, BridgeError error)
    {
        var ended = new List<EmbedJob>();
        var unwanted = new List<RunningBatch>();
        lock (gate)
        {
            // Texts that were closed, or went back to their queue, are not the batch's any more.
            var now = time.GetTimestamp() + (long)(TimerPrecision.TotalSeconds * time.TimestampFrequency);
            var outOfTime = now >= batch.Deadline;
            for (var i = first; i < first + count; i++)
            {
                var text = batch.Texts[i];
                if (text.IsClosed || text.Batch != batch)
                {
                    continue;
                }

                if (outOfTime && text.Waiters.Any(waiter => waiter.Job.Deadline > now))
                {
                    Requeue(text);
                    continue;
                }

                var waiters = text.Waiters.ToArray();
                CloseText(text);
                foreach (var (job, index, _) in waiters)
                {
                    answeredTokens += text.Ids.Length;
                    if (job.Place is not null)
                    {
                        // An engine counts within the batch, the caller within the request.
                        job.Failure = error with { InputIndex = error.InputIndex is null ? null : index };
                        unwanted.AddRange(Leave(job));
                        ended.Add(job);
                    }
                }
            }
        }

        return (ended, unwanted);
    }

    /// <summary>A batch's run is over: each of its texts has been answered, has failed or is closed.</summary>
    public void Retire(RunningBatch batch)
    {
        lock (gate)
        {
            runningTokens -= batch.Tokens;
            running.Remove(batch);

            // A batch that had to wait for another worker says nothing of how long they take.
            rate.Record(batch.ComputedTokens, time.GetElapsedTime(batch.Cut), batch.IsFull && batch.IsSmooth, !batch.Texts[0].Queue.IsEmpty);
            SetIdle();
        }
    }

    /// <summary>Ends a request that has not ended yet: what is only for it leaves the queue.</summary>
    /// <returns>The batches that nobody waits for now; null when the request had ended.</returns>
    public IReadOnlyList<RunningBatch>? TryEnd(EmbedJob job, BridgeError error)
    {
        lock (gate)
        {
            if (job.Place is null)
            {
                return null;
            }

            job.Failure = error;
            return Leave(job);
        }
    }

    /// <summary>The open requests whose deadline was over at a moment, and the earliest deadline of the others; the largest number where there are none.</summary>
    public (IReadOnlyList<EmbedJob> Overdue, long Next) OpenSince(long moment)
    {
        lock (gate)
        {
            var overdue = open.Where(job => job.Deadline <= moment).ToList();
            return (overdue, open.Where(job => job.Deadline > moment).Select(job => job.Deadline).DefaultIfEmpty(long.MaxValue).Min());
        }
    }

    /// <summary>Takes nothing more.</summary>
    /// <returns>The requests that are open.</returns>
    public IReadOnlyList<EmbedJob> Close()
    {
        lock (gate)
        {
            closed = true;
            SetIdle();
            return [.. open];
        }
    }

    private void SetIdle()
    {
        if (closed && running.Count == 0)
        {
            idle.TrySetResult();
        }
    }

    private TextQueue QueueOf(EngineRequirements requirements) => Queues[(requirements.InProcessAllowed ? 0 : 1) + (requirements.AvoidWorkers ? 2 : 0)];

    // Each of its waits is looked at once, however many others wait for the same texts.
    private List<RunningBatch> Leave(EmbedJob job)
    {
        var unwanted = new List<RunningBatch>();
        open.Remove(job.Place!);
        job.Place = null;
        foreach (var node in job.Waiting)
        {
            var text = node.Value.Text;
            if (text.IsClosed)
            {
                continue;
            }

            text.Waiters.Remove(node);
            if (text.Waiters.Count > 0)
            {
                continue;
            }

            if (text.Lane is { } lane)
            {
                lane.Remove(text);
                CloseText(text);
            }
            else if (text.Batch is { } batch && --batch.Wanted == 0)
            {
                // Texts that have gone back to their queue are not the batch's any more.
                unwanted.Add(batch);
                foreach (var given in batch.Texts.Where(given => given.Batch == batch))
                {
                    CloseText(given);
                }
            }
        }

        job.Waiting.Clear();
        return unwanted;
    }

    private static void CloseText(QueuedText text)
    {
        if (text.IsClosed)
        {
            return;
        }

        text.IsClosed = true;
        text.Queue.Texts.Remove(text.Ids);
        if (text.Batch is { } batch && text.Waiters.Count > 0)
        {
            batch.Wanted--;
        }
    }

    private static void Requeue(QueuedText text)
    {
        if (text.Waiters.Count > 0)
        {
            text.Batch!.Wanted--;
        }

        text.Batch = null;
        var first = text.Waiters.MinBy(waiter => waiter.Job.Priority);
        text.Queue.LaneOf(first.Job.Priority).Add(text, first.Job.Caller);
    }
}
