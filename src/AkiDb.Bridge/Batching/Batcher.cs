using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Dispatch;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Batching;

/// <summary>Puts the texts of all requests into batches, and their rows back to the requests.</summary>
/// <remarks>
/// 1. A request's texts join their queue; equal texts that are there already are computed once.
/// 2. A batch is cut when an engine can compute it at once, or when it fills its lease: an idle bridge adds no waiting, a busy one has more to choose from.
/// 3. The batch's rows go to whoever still waits. A text that nobody waits for is dropped, a batch of such texts is ended.
/// Every text that was taken in ends once, in time: <see cref="BatcherState"/> says how.
/// </remarks>
internal sealed class Batcher : IAsyncDisposable
{
    private static readonly BridgeError CallerGone = new(BridgeErrorKind.DeadlineExceeded, "The caller has left.");
    private static readonly BridgeError Stopped = new(BridgeErrorKind.NoEngine, "The bridge is stopping, or serves this model no longer.");

    private readonly IBatchDispatcher dispatcher;
    private readonly TimeProvider time;
    private readonly BatcherState state;
    private readonly BatchPump pump;
    private readonly DeadlineWatchdog watchdog;

    public Batcher(IBatchDispatcher dispatcher, int dimension, BatchingOptions options, TimeProvider time, ILogger logger, ModelInstruments? instruments = null)
    {
        this.dispatcher = dispatcher;
        this.time = time;
        state = new BatcherState(options.BatchTokens, time);
        var runner = new BatchRunner(state, dispatcher, End, dimension, time, logger, instruments);
        pump = new BatchPump(state, dispatcher, runner, time, logger);
        runner.OnRequeued = pump.Pump;
        watchdog = new DeadlineWatchdog(state, End, OutOfTime, time, logger);
    }

    /// <summary>What waits; who has been admitted is not known here.</summary>
    public QueueStatus Queue
    {
        get
        {
            var (interactive, bulk, rate) = state.Waiting;
            return new QueueStatus(0, interactive, bulk, rate, watchdog.Ended, false);
        }
    }

    /// <inheritdoc cref="BatcherState.BacklogFor"/>
    public Backlog? BacklogFor(string caller, long tokens, EmbeddingPriority priority) => state.BacklogFor(caller, tokens, priority);

    /// <summary>Has a request's texts computed.</summary>
    /// <param name="job">The request; its writer has been given every row when this returns null.</param>
    /// <param name="cancellationToken">The caller has lost interest.</param>
    /// <returns>Why it failed; null when it did not.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<BridgeError?> EmbedAsync(EmbedJob job, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var remaining = time.GetElapsedTime(time.GetTimestamp(), job.Deadline);
        if (remaining <= TimeSpan.Zero)
        {
            return OutOfTime(job);
        }

        if (!state.TryOpen(job))
        {
            return Stopped;
        }

        watchdog.Watch(job.Deadline);

        // Before its texts are added, which takes a while: its time runs, and its caller may leave, meanwhile.
        using var left = cancellationToken.UnsafeRegister(_ => End(job, CallerGone), null);
        var late = time.CreateTimer(_ => End(job, OutOfTime(job)), null, remaining, Timeout.InfiniteTimeSpan);
        await using (late.ConfigureAwait(false))
        {
            Submit(job);
            await job.Ended.ConfigureAwait(false);
        }

        var error = await job.Ended.ConfigureAwait(false);
        return ReferenceEquals(error, CallerGone) ? throw new OperationCanceledException(cancellationToken) : error;
    }

    /// <summary>Ends what waits and what runs.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var job in state.Close())
        {
            End(job, Stopped);
        }

        await pump.DisposeAsync().ConfigureAwait(false);
        await state.Idle.ConfigureAwait(false);
        watchdog.Dispose();
    }

    private BridgeError OutOfTime(EmbedJob job) => dispatcher.OutOfTime(new EngineRequirements(job.InProcessAllowed, false));

    private void End(EmbedJob job, BridgeError error)
    {
        if (state.TryEnd(job, error) is not { } unwanted)
        {
            return;
        }

        try
        {
            foreach (var batch in unwanted)
            {
                batch.Abandon();
            }
        }
        finally
        {
            job.Complete();
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
            var requirements = dispatcher.RequirementsOf(ids.Span, job.InProcessAllowed, out var refusal);
            if (refusal is not null)
            {
                End(job, refusal with { InputIndex = text });
                return;
            }

            if (!state.TryAdd(job, text, ids, requirements))
            {
                return;
            }
        }

        foreach (var queue in state.Queues)
        {
            pump.Pump(queue);
        }
    }
}
