using AkiDb.Bridge.Dispatch;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Batching;

/// <summary>Puts the texts of all requests into batches, and their rows back to the requests.</summary>
/// <remarks>
/// 1. A request's texts join their queue; equal texts that are there already are computed once.
/// 2. A batch is cut when an engine has a free seat, and not before: an idle bridge adds no waiting, a busy one has more to choose from.
/// 3. The batch's rows go to whoever still waits. A text that nobody waits for is dropped, a batch of such texts is ended.
/// </remarks>
internal sealed class Batcher : IAsyncDisposable
{
    private static readonly SeatWish[] Wishes = [new(true, false), new(false, false), new(true, true), new(false, true)];
    private static readonly BridgeError Left = new(BridgeErrorKind.DeadlineExceeded, "The caller has left.");
    private static readonly BridgeError Stopped = new(BridgeErrorKind.NoEngine, "The bridge is stopping.");

    private readonly Lock gate = new();
    private readonly CancellationTokenSource stop = new();
    private readonly HashSet<Task> pumps = [];
    private readonly Dispatcher dispatcher;
    private readonly BatchRunner runner;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly TextQueue[] queues;
    private readonly VectorCache? cache;
    private long arrivals;
    private bool closed;

    /// <param name="dispatcher">Computes the batches.</param>
    /// <param name="dimension">The values of a row.</param>
    /// <param name="options">Their sizes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public Batcher(Dispatcher dispatcher, int dimension, BatchingOptions options, TimeProvider time, ILogger logger)
    {
        this.dispatcher = dispatcher;
        this.time = time;
        this.logger = logger;
        cache = options.CacheBytes > 0 ? new VectorCache(options.CacheBytes) : null;
        queues = [.. Wishes.Select(wish => new TextQueue(wish, options.BatchTokens))];
        runner = new BatchRunner(gate, dispatcher, dimension, cache, time, logger);
    }

    /// <summary>Texts found in the cache and not; zeros without one.</summary>
    public (long Hits, long Misses) CacheCounters => cache?.Counters ?? default;

    /// <summary>How long a request that comes now would have to wait for others; null while there is no telling.</summary>
    public TimeSpan? ExpectedWait(EmbeddingPriority priority)
    {
        if (runner.Rate.TokensPerSecond is not { } rate)
        {
            return null;
        }

        lock (gate)
        {
            // Bulk work comes after everything; interactive work shares with bulk, a fifth of the batches, which are half as large.
            var ahead = queues.Sum(queue => priority == EmbeddingPriority.Bulk
                ? queue.Interactive.Tokens + queue.Bulk.Tokens
                : queue.Interactive.Tokens + Math.Min(queue.Bulk.Tokens, queue.Interactive.Tokens / 8));
            return TimeSpan.FromSeconds(Math.Min((ahead + runner.RunningTokens) / rate, TimeSpan.FromDays(1).TotalSeconds));
        }
    }

    /// <summary>Has a request's texts computed.</summary>
    /// <param name="job">The request; its writer has been given every row when this returns null.</param>
    /// <param name="remaining">What is left of its time.</param>
    /// <param name="cancellationToken">The caller has lost interest.</param>
    /// <returns>Why it failed; null when it did not.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<BridgeError?> EmbedAsync(EmbedJob job, TimeSpan remaining, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (remaining <= TimeSpan.Zero)
        {
            return dispatcher.OutOfTime(new SeatWish(job.InProcessAllowed, false));
        }

        Submit(job);
        if (!job.Ended.IsCompleted)
        {
            using var left = cancellationToken.UnsafeRegister(_ => End(job, Left), null);
            var late = time.CreateTimer(
                _ => End(job, dispatcher.OutOfTime(new SeatWish(job.InProcessAllowed, false))), null, remaining, Timeout.InfiniteTimeSpan);
            await using (late.ConfigureAwait(false))
            {
                await job.Ended.ConfigureAwait(false);
            }
        }

        var error = await job.Ended.ConfigureAwait(false);
        if (error is not null)
        {
            Drop(job);
        }

        return ReferenceEquals(error, Left) ? throw new OperationCanceledException(cancellationToken) : error;
    }

    /// <summary>Ends what waits and what runs.</summary>
    public async ValueTask DisposeAsync()
    {
        List<EmbedJob> waiting;
        List<Task> ending;
        lock (gate)
        {
            if (closed)
            {
                return;
            }

            closed = true;
            waiting = [.. queues.SelectMany(queue => queue.Texts.Values).SelectMany(text => text.Waiters).Select(waiter => waiter.Job).Distinct()];
            ending = [.. pumps];
        }

        await stop.CancelAsync().ConfigureAwait(false);
        foreach (var job in waiting)
        {
            End(job, Stopped);
            Drop(job);
        }

        await Task.WhenAll(ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await runner.DisposeAsync().ConfigureAwait(false);
        stop.Dispose();
    }

    private static void End(EmbedJob job, BridgeError error)
    {
        if (job.Fail(error))
        {
            job.Announce();
        }
    }

    private void Submit(EmbedJob job)
    {
        var start = 0;
        var lengths = job.Texts.Lengths;
        for (var text = 0; text < lengths.Length; text++)
        {
            var ids = job.Texts.Ids.Slice(start, lengths.Span[text]);
            start += ids.Length;
            if (cache is not null && cache.TryGet(ids, out var row, out var precision))
            {
                if (job.Deliver(text, row.Span, new DispatchReply(null, "cache", precision, TimeSpan.Zero, false), 0))
                {
                    job.Announce();
                }

                continue;
            }

            var suspicion = dispatcher.Suspects.Of(ids.Span);
            var wish = new SeatWish(job.InProcessAllowed, suspicion != Suspicion.None);
            if (suspicion == Suspicion.Poison && !dispatcher.CanStandIn(wish))
            {
                End(job, dispatcher.PoisonError with { InputIndex = text });
                return;
            }

            Enqueue(job, text, ids, wish);
        }

        foreach (var queue in queues)
        {
            Pump(queue);
        }
    }

    private void Enqueue(EmbedJob job, int index, ReadOnlyMemory<int> ids, SeatWish wish)
    {
        var queue = queues.First(queue => queue.Wish == wish);
        lock (gate)
        {
            if (closed)
            {
                End(job, Stopped);
                return;
            }

            if (!queue.Texts.TryGetValue(ids, out var text))
            {
                text = new QueuedText(ids, arrivals++);
                queue.Texts.Add(ids, text);
                queue.LaneOf(job.Priority).Add(text);
            }
            else if (text.Lane == queue.Bulk && job.Priority == EmbeddingPriority.Interactive)
            {
                queue.Bulk.Remove(text);
                queue.Interactive.Add(text);
            }

            text.Waiters.Add((job, index));
            job.Waiting.Add(text);
        }
    }

    // Nobody waits for this request any more: what is only for it leaves the queue, or is ended where it runs.
    private void Drop(EmbedJob job)
    {
        var unwanted = new List<RunningBatch>();
        lock (gate)
        {
            foreach (var text in job.Waiting)
            {
                if (text.IsClosed || text.Waiters.RemoveAll(waiter => waiter.Job == job) == 0 || text.Waiters.Count > 0)
                {
                    continue;
                }

                if (text.Lane is { } lane)
                {
                    lane.Remove(text);
                    queues.First(queue => queue.Texts.TryGetValue(text.Ids, out var known) && known == text).Texts.Remove(text.Ids);
                }
                else if (text.Batch is { } batch && --batch.Wanted == 0)
                {
                    unwanted.Add(batch);
                }
            }
        }

        unwanted.ForEach(batch => batch.Abandon());
    }

    private void Pump(TextQueue queue)
    {
        lock (gate)
        {
            if (queue.IsPumped || queue.IsEmpty || closed)
            {
                return;
            }

            queue.IsPumped = true;
        }

        var pump = PumpAsync(queue);
        if (!pump.IsCompleted)
        {
            lock (gate)
            {
                pumps.RemoveWhere(ended => ended.IsCompleted);
                pumps.Add(pump);
            }
        }
    }

    private async ValueTask<Seat?> FindSeatAsync(SeatWish wish)
    {
        try
        {
            return await dispatcher.FindSeatAsync(wish, stop.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            // A bug of ours: the next batch meets it again and tells its texts, and the queue moves on.
            Log.NoSeat(logger, error);
            return null;
        }
    }

    // Runs on the thread of the request that found nobody pumping, for as long as there are free seats; then wherever a seat becomes free.
    private async Task PumpAsync(TextQueue queue)
    {
        while (true)
        {
            var seat = await FindSeatAsync(queue.Wish).ConfigureAwait(false);
            var batch = runner.Cut(queue, seat?.BatchTokens ?? int.MaxValue);
            if (batch is null)
            {
                seat?.Dispose();
                return;
            }

            runner.Start(queue, batch, seat);
        }
    }
}
