using AkiDb.Bridge.Dispatch;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Batching;

/// <summary>Puts the texts of all requests into batches, and their rows back to the requests.</summary>
/// <remarks>
/// 1. A request's texts join their queue; equal texts that are there already are computed once.
/// 2. A batch is cut when an engine can compute it at once, or when it fills its seat: an idle bridge adds no waiting, a busy one has more to choose from.
/// 3. The batch's rows go to whoever still waits. A text that nobody waits for is dropped, a batch of such texts is ended.
/// </remarks>
internal sealed class Batcher : IAsyncDisposable
{
    private static readonly BridgeError Left = new(BridgeErrorKind.DeadlineExceeded, "The caller has left.");
    private static readonly BridgeError Stopped = new(BridgeErrorKind.NoEngine, "The bridge is stopping, or serves this model no longer.");

    private readonly Lock gate = new();
    private readonly Dispatcher dispatcher;
    private readonly BatchRunner runner;
    private readonly TimeProvider time;
    private readonly TextIntake intake;
    private readonly BatchPump pump;
    private readonly VectorCache? cache;

    /// <param name="dispatcher">Computes the batches.</param>
    /// <param name="dimension">The values of a row.</param>
    /// <param name="options">Their sizes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public Batcher(Dispatcher dispatcher, int dimension, BatchingOptions options, TimeProvider time, ILogger logger)
    {
        this.dispatcher = dispatcher;
        this.time = time;
        cache = options.CacheBytes > 0 ? new VectorCache(options.CacheBytes) : null;
        intake = new TextIntake(gate, options.BatchTokens);
        runner = new BatchRunner(gate, dispatcher, dimension, cache, time, logger);
        pump = new BatchPump(gate, dispatcher, runner, time, logger);
    }

    /// <summary>What waits; who has been admitted is not known here.</summary>
    public QueueStatus Queue
    {
        get
        {
            var (interactive, bulk) = intake.Waiting;
            var (hits, misses) = cache?.Counters ?? default;
            return new QueueStatus(0, interactive, bulk, runner.Rate.TokensPerSecond, hits, misses, false);
        }
    }

    /// <summary>What a request that comes now would find before it; null while there is no telling.</summary>
    public Backlog? BacklogFor(EmbeddingPriority priority)
    {
        if (runner.Rate.TokensPerSecond is not { } rate)
        {
            return null;
        }

        lock (gate)
        {
            // Bulk work comes after everything; interactive work shares with bulk, a fifth of the batches, which are half as large.
            var (interactive, bulk) = intake.Waiting;
            var ahead = interactive + (priority == EmbeddingPriority.Bulk ? bulk : Math.Min(bulk, interactive / 8));
            return new Backlog(ahead, runner.RunningTokens, runner.FullTokens, runner.AnsweredTokens, runner.Rate.BatchTime, rate);
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
            intake.Drop(job);
        }

        return ReferenceEquals(error, Left) ? throw new OperationCanceledException(cancellationToken) : error;
    }

    /// <summary>Ends what waits and what runs.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var job in intake.Close())
        {
            End(job, Stopped);
            intake.Drop(job);
        }

        await pump.DisposeAsync().ConfigureAwait(false);
        await runner.DisposeAsync().ConfigureAwait(false);
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
                runner.NoteAnswered(ids.Length);
                if (job.Deliver(text, row.Span, new DispatchReply(null, "cache", precision, TimeSpan.Zero, false), 0))
                {
                    job.Announce();
                }

                continue;
            }

            var suspicion = dispatcher.Suspects.Of(ids.Span);
            var wish = new SeatWish(job.InProcessAllowed && dispatcher.FitsInProcess(ids.Length), suspicion.Any);
            if (suspicion.Proven && !dispatcher.CanStandIn(wish))
            {
                End(job, dispatcher.PoisonError with { InputIndex = text });
                return;
            }

            if (dispatcher.TooLongForAll(ids.Length) is { } tooLong)
            {
                End(job, tooLong with { InputIndex = text });
                return;
            }

            if (!intake.TryAdd(job, text, ids, wish))
            {
                End(job, Stopped);
                return;
            }
        }

        foreach (var queue in intake.Queues)
        {
            pump.Pump(queue);
        }
    }
}
