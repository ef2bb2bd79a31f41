using System.Collections.Concurrent;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Protocol;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Workers;

/// <summary>The batches that a worker has been given: matches its answers to them by id, and never in any other way.</summary>
internal sealed class PendingBatches(TimeProvider time, ILogger logger) : IRowsReceiver
{
    // One that was told to stop finishes what it has and exits; then nothing is left to wait for.
    private static readonly TimeSpan LeaveWithin = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<long, PendingBatch> waiting = new();
    private readonly UnansweredBatches unanswered = new(time);
    private readonly UnsolicitedMessages unsolicited = new();
    private readonly TaskCompletionSource refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private PendingBatch? answered;
    private long lateReplies;
    private long lastId;
    private long refusedAt;
    private volatile string? distrusted;

    /// <summary>Batches whose callers wait.</summary>
    public int Count => waiting.Count;

    /// <summary>Replies whose request no longer waited: dropped, never matched to another one.</summary>
    public long LateReplies => Interlocked.Read(ref lateReplies);

    /// <summary>Whether the worker has refused a batch: it never gets more than it can queue, so it is about to leave.</summary>
    public bool HasRefused => refused.Task.IsCompleted;

    /// <summary>The sizes of the batches that have no answer, whether or not somebody still waits for them, oldest first.</summary>
    public IReadOnlyList<BatchSize> Unanswered => unanswered.Sizes;

    /// <inheritdoc cref="UnansweredBatches.Sends"/>
    public long Sends => unanswered.Sends;

    /// <summary>Has <paramref name="callback"/> called on the reader's thread, once, when the worker refuses a batch.</summary>
    public void OnRefused(Action callback) => refused.Task.ContinueWith(
        (_, state) => ((Action)state!)(), callback, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>A batch is about to be sent.</summary>
    public void Add(long id, PendingBatch pending, in TokenBatch batch)
    {
        Interlocked.Exchange(ref lastId, Math.Max(id, Interlocked.Read(ref lastId)));
        waiting[id] = pending;
        unanswered.Add(id, batch);
    }

    /// <summary>The batch is in the pipe.</summary>
    public void RecordSent(long id)
    {
        unanswered.RecordSent(id);
        unsolicited.RecordRequest();
    }

    /// <inheritdoc cref="UnansweredBatches.RecordCancelled"/>
    public void RecordCancelled(long id) => unanswered.RecordCancelled(id);

    /// <summary>Nobody waits for it any more.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="sent">Whether the worker has it.</param>
    public void Remove(long id, bool sent)
    {
        waiting.TryRemove(id, out _);
        if (!sent)
        {
            unanswered.Remove(id);
        }
    }

    /// <inheritdoc/>
    public bool TryClaim(RowsHeader header, out Memory<float> rows)
    {
        if (waiting.TryGetValue(header.Id, out var pending) && pending.TryClaim(header, out rows))
        {
            return true;
        }

        DropReply(header.Id);
        rows = default;
        return false;
    }

    /// <inheritdoc/>
    public void Complete(RowsHeader header)
    {
        unanswered.Remove(header.Id);
        var reply = distrusted is { } reason ? Failed(reason, BatchLoss.None) : new EngineReply(null, header.Compute);
        if (waiting.TryGetValue(header.Id, out var pending) && pending.TryEnd(reply))
        {
            answered = pending;
        }
    }

    /// <summary>The batch whose rows the reader has just received, and whose caller is still to be told; null when there is none.</summary>
    public PendingBatch? TakeAnswered()
    {
        var taken = answered;
        answered = null;
        return taken;
    }

    /// <summary>The worker answered with an error.</summary>
    public void Fail(long id, ErrorMessage error)
    {
        // What poisoned it is what it was computing.
        if (error.Kind != ErrorKinds.Poisoned)
        {
            unanswered.Remove(id);
        }

        if (error.Kind == ErrorKinds.Overloaded && !HasRefused)
        {
            refusedAt = time.GetTimestamp();
            refused.TrySetResult();
        }

        if (waiting.TryGetValue(id, out var pending))
        {
            pending.TryComplete(new EngineReply(WorkerErrors.OfBatch(error), TimeSpan.Zero));
        }
        else
        {
            DropReply(id);
        }
    }

    /// <summary>The worker says what it is doing.</summary>
    /// <param name="pong">What it says.</param>
    /// <param name="sendsBefore"><see cref="Sends"/> when the ping was sent; null for a pong that nobody waits for.</param>
    /// <exception cref="ProtocolException">It must be replaced: it has lost what it was given, or refuses everything and stays.</exception>
    public void Check(PongMessage pong, long? sendsBefore)
    {
        if (sendsBefore is not { } sends)
        {
            unsolicited.Record();
            return;
        }

        if (HasRefused && unanswered.IsEmpty && time.GetElapsedTime(refusedAt) >= LeaveWithin)
        {
            throw new ProtocolException("It refuses batches although it has none, and does not leave.");
        }

        if (unanswered.Check(pong, sends) is { } reason)
        {
            throw new ProtocolException(reason);
        }
    }

    /// <summary>A message has come that answers nothing.</summary>
    /// <exception cref="ProtocolException">There were too many of them.</exception>
    public void RecordUnsolicited() => unsolicited.Record();

    /// <summary>The worker is silent: whoever waits may look elsewhere. Rows that are arriving right now are waited for.</summary>
    public void GiveUp(string reason) => Withdraw(reason, BatchLoss.Silent);

    /// <summary>The worker's rows are wrong: what waits, and what is arriving right now, fails.</summary>
    public void Distrust(string reason)
    {
        distrusted = reason;
        Withdraw(reason, BatchLoss.None);
    }

    /// <summary>The connection has ended.</summary>
    public void EndAll(string reason)
    {
        // A worker computes in the order of arrival: what it died over is the oldest batch that has no answer.
        var loss = BatchLoss.Computing;
        foreach (var (_, pending) in waiting.OrderBy(batch => batch.Key))
        {
            if (pending.TryComplete(Failed(reason, loss)))
            {
                loss = BatchLoss.Waiting;
            }
        }
    }

    private static EngineReply Failed(string reason, BatchLoss loss) => new(new BridgeError(BridgeErrorKind.EngineFault, reason), TimeSpan.Zero, loss);

    private void Withdraw(string reason, BatchLoss loss)
    {
        foreach (var pending in waiting.Values)
        {
            if (pending.TryWithdraw())
            {
                pending.TryComplete(Failed(reason, loss));
            }
        }
    }

    private void DropReply(long id)
    {
        unanswered.Remove(id);
        Interlocked.Increment(ref lateReplies);
        if (id > 0 && id <= Interlocked.Read(ref lastId))
        {
            Log.LateReply(logger, id);
            unsolicited.Record();
        }
        else
        {
            if (unsolicited.RecordUnknown() == 1)
            {
                Log.UnknownReply(logger, id);
            }
        }
    }
}
