using System.Buffers;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Dispatch;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Batching;

/// <summary>Runs batches that have been cut, and hands their rows out.</summary>
internal sealed class BatchRunner(BatcherState state, IBatchDispatcher dispatcher, Action<EmbedJob, BridgeError> end, int dimension, TimeProvider time, ILogger logger, ModelInstruments? instruments = null)
{
    private static readonly BridgeError Unanswered = new(BridgeErrorKind.EngineFault, "An internal error: the batch ended and this text was not answered. Try again.");

    /// <summary>Called when texts have gone back to their queue.</summary>
    public Action<TextQueue> OnRequeued { get; set; } = static _ => { };

    /// <summary>Computes a batch in the background; <see cref="BatcherState.Idle"/> knows when the last one has ended.</summary>
    /// <param name="queue">Where it was cut.</param>
    /// <param name="batch">The batch.</param>
    public void Start(TextQueue queue, RunningBatch batch)
    {
        batch.IsBeingStarted = true;
        _ = RunAsync(queue, batch);
        batch.IsBeingStarted = false;
    }

    // Never fails: whatever goes wrong becomes the texts' error.
    private async Task RunAsync(TextQueue queue, RunningBatch batch)
    {
        float[] rows = [];
        var answered = 0;
        List<EmbedJob> last = [];
        Measure(batch);
        try
        {
            rows = ArrayPool<float>.Shared.Rent(batch.Texts.Count * dimension);
            var remaining = time.GetElapsedTime(time.GetTimestamp(), batch.Deadline);
            await dispatcher.DispatchAsync(
                batch.ToTokens(), rows.AsMemory(0, batch.Texts.Count * dimension), queue.Requirements, batch.Lease, remaining, HandOut, batch.Abandoned).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (batch.Abandoned.IsCancellationRequested)
        {
            // Nobody waits for it.
        }
        catch (Exception error)
        {
            // An internal error: those who wait must hear of it.
            Log.BatchFailed(logger, batch.Texts.Count, error);
            Fail(answered, batch.Texts.Count - answered, InternalError(error));
            answered = batch.Texts.Count;
        }

        // Where all of it was answered, who waits for its last part is still to be told, at the end.
        if (answered < batch.Texts.Count)
        {
            Fail(answered, batch.Texts.Count - answered, Unanswered);
        }

        if (rows.Length > 0)
        {
            ArrayPool<float>.Shared.Return(rows);
        }

        batch.Dispose();
        state.Retire(batch);
        OnRequeued(queue);

        // Within the call that starts it, the thread is the pump's: what a caller does next, such as ending the bridge, would have the pump wait for itself.
        Complete(last, here: !batch.IsBeingStarted);

        void HandOut(BatchPart part)
        {
            answered = part.First + part.Texts;
            batch.IsSmooth &= !part.Reply.Retried && part.Texts == batch.Texts.Count;
            if (part.Reply.Error is { } error)
            {
                Fail(part.First, part.Texts, error);
                return;
            }

            var waiters = state.Answer(batch, part.First, part.Texts);
            instruments?.RecordAnswer(part.Reply.Engine, part.Reply.Compute, part.Texts, waiters.Count - part.Texts, part.Reply.Retried);
            var index = part.First;
            foreach (var waiter in waiters)
            {
                // Those who wait for the same text stand together, in the order of the texts.
                while (waiter.Text != batch.Texts[index])
                {
                    index++;
                }

                Write(waiter, rows.AsSpan(index * dimension, dimension));
            }

            batch.ComputedTokens += part.Texts == batch.Texts.Count ? batch.Tokens : batch.Texts.Skip(part.First).Take(part.Texts).Sum(each => each.Ids.Length);
            End(state.Record(waiters, part.Reply, batch));
        }

        void Fail(int first, int count, BridgeError error)
        {
            var (ended, unwanted) = state.Fail(batch, first, count, error);
            End(ended);
            foreach (var other in unwanted)
            {
                other.Abandon();
            }
        }

        // The requests that the part before has ended do not wait for this one.
        void End(List<EmbedJob> ended)
        {
            Complete(last, here: false);
            last = ended;
        }
    }

    private void Measure(RunningBatch batch)
    {
        instruments?.RecordCut(batch.Texts.Count, batch.Tokens, batch.Lease?.BatchTokens);
        if (instruments is not null && ModelInstruments.MeasuresWaits)
        {
            foreach (var text in batch.Texts)
            {
                instruments.RecordWait(time.GetElapsedTime(text.Arrived, batch.Cut));
            }
        }
    }

    private static BridgeError InternalError(Exception error) => new(BridgeErrorKind.EngineFault, $"An internal error: {error.Message} Try again.");

    private void Write(TextWaiter waiter, ReadOnlySpan<float> row)
    {
        try
        {
            waiter.Job.Write(waiter.Index, row);
        }
        catch (Exception error)
        {
            // An internal error, of this request only: the others have their rows.
            Log.BatchFailed(logger, 1, error);
            end(waiter.Job, InternalError(error));
        }
    }

    // What a caller does next is not to be waited for; the last one may have this thread, which saves a lone caller a change of threads.
    private static void Complete(List<EmbedJob> ended, bool here)
    {
        for (var i = 0; i < ended.Count; i++)
        {
            if (here && i == ended.Count - 1)
            {
                ended[i].Complete();
            }
            else
            {
                ThreadPool.UnsafeQueueUserWorkItem(static job => job.Complete(), ended[i], preferLocal: false);
            }
        }
    }
}
