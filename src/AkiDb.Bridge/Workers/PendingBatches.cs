using System.Collections.Concurrent;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Protocol;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Workers;

/// <summary>The batches that a worker has been given: matches its answers to them by id, and never in any other way.</summary>
/// <param name="logger">The log.</param>
internal sealed class PendingBatches(ILogger logger) : IRowsReceiver
{
    // A worker that never answers what it was asked must not fill the host's memory.
    private const int MaxRemembered = 64;

    private readonly ConcurrentDictionary<long, PendingBatch> waiting = new();
    private readonly ConcurrentDictionary<long, BatchSize> unanswered = new();
    private PendingBatch? answered;
    private long lateReplies;
    private long lastId;

    /// <summary>Batches whose callers wait.</summary>
    public int Count => waiting.Count;

    /// <summary>Replies whose request no longer waited: dropped, never matched to another one.</summary>
    public long LateReplies => Interlocked.Read(ref lateReplies);

    /// <summary>Whether the worker has refused a batch: it never gets more than it can queue, so it is about to leave.</summary>
    public bool Refused { get; private set; }

    /// <summary>The sizes of the batches that have no answer, whether or not somebody still waits for them, oldest first.</summary>
    public IReadOnlyList<BatchSize> Unanswered => [.. unanswered.OrderBy(pair => pair.Key).Select(pair => pair.Value)];

    /// <summary>A batch is about to be sent.</summary>
    public void Add(long id, PendingBatch pending, in TokenBatch batch)
    {
        Interlocked.Exchange(ref lastId, Math.Max(id, Interlocked.Read(ref lastId)));
        waiting[id] = pending;
        if (unanswered.Count < MaxRemembered)
        {
            unanswered[id] = new BatchSize(batch.Texts, batch.Tokens);
        }
    }

    /// <summary>Nobody waits for it any more.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="sent">Whether the worker has it.</param>
    public void Remove(long id, bool sent)
    {
        waiting.TryRemove(id, out _);
        if (!sent)
        {
            unanswered.TryRemove(id, out _);
        }
    }

    /// <inheritdoc/>
    public bool TryClaim(RowsHeader header, out Memory<float> rows)
    {
        if (waiting.TryGetValue(header.Id, out var pending) && pending.TryClaim(header, out rows))
        {
            return true;
        }

        CountLate(header.Id);
        rows = default;
        return false;
    }

    /// <inheritdoc/>
    public void Complete(RowsHeader header)
    {
        unanswered.TryRemove(header.Id, out _);
        if (waiting.TryGetValue(header.Id, out var pending) && pending.TryEnd(new EngineReply(null, header.Compute)))
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
        Refused |= error.Kind == ErrorKinds.Overloaded;

        // What poisoned it is what it was computing.
        if (error.Kind != ErrorKinds.Poisoned)
        {
            unanswered.TryRemove(id, out _);
        }

        if (waiting.TryGetValue(id, out var pending))
        {
            pending.TryComplete(new EngineReply(WorkerErrors.OfBatch(error), TimeSpan.Zero));
        }
        else
        {
            CountLate(id);
        }
    }

    /// <summary>The worker is silent: whoever waits may look elsewhere. Rows that are arriving right now are waited for.</summary>
    public void GiveUp(string reason)
    {
        foreach (var pending in waiting.Values)
        {
            if (pending.TryWithdraw())
            {
                pending.TryComplete(new EngineReply(new BridgeError(BridgeErrorKind.EngineFault, reason), TimeSpan.Zero, BatchLoss.Silent));
            }
        }
    }

    /// <summary>The connection has ended.</summary>
    public void EndAll(string reason)
    {
        // A worker computes in the order of arrival: what it died over is the oldest batch that has no answer.
        var loss = BatchLoss.Computing;
        foreach (var (_, pending) in waiting.OrderBy(batch => batch.Key))
        {
            if (pending.TryComplete(new EngineReply(new BridgeError(BridgeErrorKind.EngineFault, reason), TimeSpan.Zero, loss)))
            {
                loss = BatchLoss.Waiting;
            }
        }
    }

    private void CountLate(long id)
    {
        unanswered.TryRemove(id, out _);
        Interlocked.Increment(ref lateReplies);
        if (id > 0 && id <= Interlocked.Read(ref lastId))
        {
            Log.LateReply(logger, id);
        }
        else
        {
            Log.UnknownReply(logger, id);
        }
    }
}
