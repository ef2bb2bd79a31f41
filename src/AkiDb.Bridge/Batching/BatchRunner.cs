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
    // What was the most loses a part of itself with every batch: engines go.
    private const int FullFade = 64;

    private readonly HashSet<RunningBatch> running = [];
    private readonly TaskCompletionSource idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long numbers;
    private long answeredTokens;
    private bool closed;

    /// <summary>How fast the backlog shrinks.</summary>
    public DrainRate Rate { get; } = new(time);

    /// <summary>The tokens that are being computed. Read under the lock.</summary>
    public long RunningTokens { get; private set; }

    /// <summary>The tokens of a batch for each engine that computes: the most of late. Read under the lock.</summary>
    public long FullTokens { get; private set; }

    /// <summary>The tokens whose requests have been given their rows so far, once for each request.</summary>
    public long AnsweredTokens => Interlocked.Read(ref answeredTokens);

    /// <summary>Cuts the queue's next batch; null when it is empty, and nobody pumps it then.</summary>
    /// <param name="queue">Where it is cut.</param>
    /// <param name="seat">Where it is to be computed; null when no engine can answer, which its texts are told.</param>
    public RunningBatch? Cut(TextQueue queue, Seat? seat)
    {
        lock (gate)
        {
            var texts = queue.Cut(seat?.BatchTokens ?? int.MaxValue);
            if (texts.Count == 0 || closed)
            {
                queue.IsPumped = false;
                return null;
            }

            var batch = new RunningBatch(++numbers, texts, seat, time.GetTimestamp(), !queue.IsEmpty);
            foreach (var text in texts)
            {
                text.Batch = batch;
            }

            RunningTokens += batch.Tokens;
            running.Add(batch);
            var engines = running.Where(each => each.Seat is { IsFree: false }).DistinctBy(each => each.Seat!.Engine);
            FullTokens = Math.Max(engines.Sum(each => (long)each.Seat!.BatchTokens), FullTokens - (FullTokens / FullFade));
            return batch;
        }
    }

    /// <summary>Whether a batch in this seat would wait until its engine has computed another one. Called under the lock.</summary>
    public bool IsBehindAnother(Seat seat) => seat.InTurn && running.Any(batch => batch.Seat is { IsFree: false } other && other.Engine == seat.Engine);

    /// <summary>A text's request has been given its row.</summary>
    public void NoteAnswered(int tokens) => Interlocked.Add(ref answeredTokens, tokens);

    /// <summary>Computes a batch in the background; <see cref="DisposeAsync"/> waits for it.</summary>
    /// <param name="queue">Where it was cut.</param>
    /// <param name="batch">The batch.</param>
    public void Start(TextQueue queue, RunningBatch batch) => _ = RunAsync(queue, batch);

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
    private async Task RunAsync(TextQueue queue, RunningBatch batch)
    {
        var rows = ArrayPool<float>.Shared.Rent(batch.Texts.Count * dimension);
        var last = new List<EmbedJob>();
        await ComputeAsync(queue.Wish, batch, rows.AsMemory(0, batch.Texts.Count * dimension), HandOut).ConfigureAwait(false);

        // Whatever was given up is nobody's any more.
        Close(queue, batch.Texts);
        ArrayPool<float>.Shared.Return(rows);
        Retire(queue, batch);
        Announce(last, here: true);

        void HandOut(BatchPart part)
        {
            // The jobs that the part before has ended: its neighbours do not wait for it.
            Announce(last, here: false);
            var texts = batch.Texts.Skip(part.First).Take(part.Texts).ToList();
            Close(queue, texts);
            last = Deliver(batch, texts, part, rows);
        }
    }

    private async ValueTask ComputeAsync(SeatWish wish, RunningBatch batch, Memory<float> rows, Action<BatchPart> onPart)
    {
        var first = 0;
        try
        {
            TimeSpan remaining;
            lock (gate)
            {
                remaining = time.GetElapsedTime(time.GetTimestamp(), batch.Deadline());
            }

            await dispatcher.DispatchAsync(batch.ToTokens(), rows, wish, batch.Seat, remaining, OnPart, batch.Abandoned).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (batch.Abandoned.IsCancellationRequested)
        {
            // Nobody waits for it.
        }
        catch (Exception error)
        {
            // A bug of ours: those who wait must hear of it.
            Log.BatchFailed(logger, batch.Texts.Count, error);
            var failed = new BridgeError(BridgeErrorKind.EngineFault, $"The bridge itself failed: {error.Message}");
            onPart(new BatchPart(first, batch.Texts.Count - first, DispatchReply.Failed(failed)));
        }

        void OnPart(BatchPart part)
        {
            first = part.First + part.Texts;
            onPart(part);
        }
    }

    // From here on nobody joins these texts or leaves them.
    private void Close(TextQueue queue, IEnumerable<QueuedText> texts)
    {
        lock (gate)
        {
            foreach (var text in texts.Where(text => !text.IsClosed))
            {
                text.IsClosed = true;
                queue.Texts.Remove(text.Ids);
            }
        }
    }

    /// <returns>The jobs that have ended with it.</returns>
    private List<EmbedJob> Deliver(RunningBatch batch, List<QueuedText> texts, BatchPart part, float[] rows)
    {
        var ended = new List<EmbedJob>();
        batch.IsSmooth &= !part.Reply.Retried && part.Texts == batch.Texts.Count;
        for (var i = 0; i < texts.Count; i++)
        {
            var row = rows.AsSpan((part.First + i) * dimension, dimension);
            if (part.Reply.Error is null)
            {
                cache?.Add(texts[i].Ids.Span, row, part.Reply.Precision);
                batch.ComputedTokens += texts[i].Ids.Length;
            }

            foreach (var (job, index) in texts[i].Waiters)
            {
                NoteAnswered(texts[i].Ids.Length);

                // An engine counts within the batch, the caller within the request.
                var hasEnded = part.Reply.Error is { } error
                    ? job.Fail(error with { InputIndex = error.InputIndex is null ? null : index })
                    : job.Deliver(index, row, part.Reply, batch.Number);
                if (hasEnded)
                {
                    ended.Add(job);
                }
            }
        }

        return ended;
    }

    // What a caller does next is not ours to wait for; the last one may have this thread, which saves a lone caller a change of threads.
    private static void Announce(List<EmbedJob> ended, bool here)
    {
        for (var i = 0; i < ended.Count; i++)
        {
            if (here && i == ended.Count - 1)
            {
                ended[i].Announce();
            }
            else
            {
                ThreadPool.UnsafeQueueUserWorkItem(static job => job.Announce(), ended[i], preferLocal: false);
            }
        }
    }

    private void Retire(TextQueue queue, RunningBatch batch)
    {
        batch.Dispose();
        lock (gate)
        {
            RunningTokens -= batch.Tokens;

            // A batch that had to wait for another worker says nothing of how long they take.
            Rate.Note(batch.ComputedTokens, time.GetElapsedTime(batch.Cut), batch.IsFull && batch.IsSmooth, !queue.IsEmpty);
            running.Remove(batch);
            if (closed && running.Count == 0)
            {
                idle.TrySetResult();
            }
        }
    }
}
