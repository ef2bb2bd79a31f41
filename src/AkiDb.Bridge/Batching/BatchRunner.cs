using System.Buffers;
using AkiDb.Bridge.Dispatch;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Batching;

/// <summary>Runs batches that have been cut, and hands their rows out.</summary>
/// <param name="gate">The batcher's lock.</param>
/// <param name="dispatcher">Computes them.</param>
/// <param name="dimension">The values of a row.</param>
/// <param name="cache">Keeps the rows; null for none.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class BatchRunner(Lock gate, Dispatcher dispatcher, int dimension, VectorCache? cache, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private readonly HashSet<RunningBatch> running = [];
    private readonly TaskCompletionSource idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long numbers;
    private bool closed;

    /// <summary>How fast the backlog shrinks.</summary>
    public DrainRate Rate { get; } = new(time);

    /// <summary>The tokens that are being computed. Read under the lock.</summary>
    public long RunningTokens { get; private set; }

    /// <summary>Cuts the queue's next batch; null when it is empty, and nobody pumps it then.</summary>
    public RunningBatch? Cut(TextQueue queue, int seatTokens)
    {
        lock (gate)
        {
            var texts = queue.Cut(seatTokens);
            if (texts.Count == 0 || closed)
            {
                queue.IsPumped = false;
                return null;
            }

            var batch = new RunningBatch(++numbers, texts);
            foreach (var text in texts)
            {
                text.Batch = batch;
            }

            RunningTokens += batch.Tokens;
            running.Add(batch);
            return batch;
        }
    }

    /// <summary>Computes a batch in the background; <see cref="DisposeAsync"/> waits for it.</summary>
    /// <param name="queue">Where it was cut.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="seat">Where it is computed; null when no engine can answer, which its texts are told.</param>
    public void Start(TextQueue queue, RunningBatch batch, Seat? seat) => _ = RunAsync(queue, batch, seat);

    /// <summary>Ends what runs, and waits for it.</summary>
    public async ValueTask DisposeAsync()
    {
        List<RunningBatch> ending;
        lock (gate)
        {
            closed = true;
            ending = [.. running];
            if (ending.Count == 0)
            {
                idle.TrySetResult();
            }
        }

        ending.ForEach(batch => batch.Abandon());
        await idle.Task.ConfigureAwait(false);
    }

    // Never fails: whatever goes wrong becomes the texts' error.
    private async Task RunAsync(TextQueue queue, RunningBatch batch, Seat? seat)
    {
        var rows = ArrayPool<float>.Shared.Rent(batch.Texts.Count * dimension);
        var parts = await ComputeAsync(queue.Wish, batch, rows.AsMemory(0, batch.Texts.Count * dimension), seat).ConfigureAwait(false);
        Close(queue, batch, parts);
        var ended = HandOut(batch, parts, rows);
        ArrayPool<float>.Shared.Return(rows);
        Retire(batch);

        // What a caller does next is not ours to wait for; the last one may have this thread, which saves a lone caller a change of threads.
        for (var i = 0; i < ended.Count - 1; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static job => job.Announce(), ended[i], preferLocal: false);
        }

        ended.LastOrDefault()?.Announce();
    }

    private async ValueTask<IReadOnlyList<BatchPart>> ComputeAsync(SeatWish wish, RunningBatch batch, Memory<float> rows, Seat? seat)
    {
        try
        {
            TimeSpan remaining;
            lock (gate)
            {
                remaining = time.GetElapsedTime(time.GetTimestamp(), batch.Deadline());
            }

            return await dispatcher.DispatchAsync(batch.ToTokens(), rows, wish, seat, remaining, batch.Abandoned).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (batch.Abandoned.IsCancellationRequested)
        {
            return [];
        }
        catch (Exception error)
        {
            // A bug of ours: those who wait must hear of it.
            Log.BatchFailed(logger, batch.Texts.Count, error);
            return [new BatchPart(0, batch.Texts.Count, DispatchReply.Failed(new BridgeError(BridgeErrorKind.EngineFault, $"The bridge itself failed: {error.Message}")))];
        }
    }

    // From here on nobody joins these texts or leaves them.
    private void Close(TextQueue queue, RunningBatch batch, IReadOnlyList<BatchPart> parts)
    {
        lock (gate)
        {
            foreach (var text in batch.Texts)
            {
                text.IsClosed = true;
                queue.Texts.Remove(text.Ids);
            }

            RunningTokens -= batch.Tokens;
            Rate.Note(parts.Any(part => part.Reply.Error is null) ? batch.Tokens : 0, !queue.IsEmpty);
        }
    }

    private List<EmbedJob> HandOut(RunningBatch batch, IReadOnlyList<BatchPart> parts, float[] rows)
    {
        var ended = new List<EmbedJob>();
        foreach (var part in parts)
        {
            for (var i = part.First; i < part.First + part.Texts; i++)
            {
                var text = batch.Texts[i];
                var row = rows.AsSpan(i * dimension, dimension);
                if (part.Reply.Error is null)
                {
                    cache?.Add(text.Ids.Span, row, part.Reply.Precision);
                }

                foreach (var (job, index) in text.Waiters)
                {
                    // An engine counts within the batch, the caller within the request.
                    if (part.Reply.Error is { } error ? job.Fail(error with { InputIndex = error.InputIndex is null ? null : index }) : job.Deliver(index, row, part.Reply, batch.Number))
                    {
                        ended.Add(job);
                    }
                }
            }
        }

        return ended;
    }

    private void Retire(RunningBatch batch)
    {
        batch.Dispose();
        lock (gate)
        {
            running.Remove(batch);
            if (closed && running.Count == 0)
            {
                idle.TrySetResult();
            }
        }
    }
}
