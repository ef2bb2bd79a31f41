using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Protocol;

namespace AkiDb.Bridge.Workers;

/// <summary>The batches that a worker has been sent and has not answered. Finds out, by the host's clock, when it has lost one or does not drop one.</summary>
/// <remarks>
/// A pong lists what the worker has: the batch that runs and the number of those that wait. It is written behind every answer that was given before the
/// ping was read, so a batch that was sent before the ping and is in neither is lost.
/// </remarks>
internal sealed class UnansweredBatches(TimeProvider time)
{
    // A worker that never answers must not fill the host's memory.
    private const int MostRemembered = 64;

    // Between taking a batch from its queue and saying that it runs, an honest worker says neither, for microseconds.
    private static readonly TimeSpan LostAfter = TimeSpan.FromSeconds(1);

    // A cancel drops what waits at once, and what runs at its next step.
    private static readonly TimeSpan CancelLimit = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly SortedDictionary<long, Entry> batches = [];
    private long sends;
    private (long Id, long Since)? missing;

    /// <summary>How many batches the worker has been sent so far; what is true of a pong holds for those that were sent before its ping.</summary>
    public long Sends
    {
        get
        {
            lock (gate)
            {
                return sends;
            }
        }
    }

    public bool IsEmpty
    {
        get
        {
            lock (gate)
            {
                return batches.Count == 0;
            }
        }
    }

    /// <summary>The sizes of the batches, oldest first.</summary>
    public IReadOnlyList<BatchSize> Sizes
    {
        get
        {
            lock (gate)
            {
                return [.. batches.Values.Select(batch => batch.Size)];
            }
        }
    }

    /// <summary>A batch is about to be sent.</summary>
    public void Add(long id, in TokenBatch batch)
    {
        lock (gate)
        {
            if (batches.Count < MostRemembered)
            {
                batches[id] = new Entry(new BatchSize(batch.Texts, batch.Tokens));
            }
        }
    }

    /// <summary>The batch is in the pipe.</summary>
    public void RecordSent(long id)
    {
        lock (gate)
        {
            sends++;
            if (batches.TryGetValue(id, out var batch))
            {
                batch.SentAs = sends;
            }
        }
    }

    /// <summary>The worker has been told to drop the batch.</summary>
    public void RecordCancelled(long id)
    {
        lock (gate)
        {
            if (batches.TryGetValue(id, out var batch))
            {
                batch.CancelledAt = time.GetTimestamp();
            }
        }
    }

    /// <summary>It was answered, or never sent.</summary>
    public void Remove(long id)
    {
        lock (gate)
        {
            batches.Remove(id);
        }
    }

    /// <summary>Compares what the worker says it has with what it was sent.</summary>
    /// <param name="pong">What it says.</param>
    /// <param name="sendsBefore"><see cref="Sends"/> when the ping was sent.</param>
    /// <returns>Why the worker must be ended; null when nothing is wrong.</returns>
    public string? Check(PongMessage pong, long sendsBefore)
    {
        lock (gate)
        {
            return IgnoredCancel(pong) ?? Lost(pong, sendsBefore);
        }
    }

    private string? IgnoredCancel(PongMessage pong)
    {
        foreach (var (id, batch) in batches)
        {
            if (batch.CancelledAt is not { } at || time.GetElapsedTime(at) is var elapsed && elapsed < CancelLimit)
            {
                continue;
            }

            // While it computes one long step it cannot drop it, and says that nothing moves: how long that may take is its supervisor's to say.
            var moved = elapsed - TimeSpan.FromMilliseconds(pong.ProgressMilliseconds ?? 0) >= CancelLimit;
            if (pong.Running != id || moved)
            {
                return $"It has neither answered nor dropped a batch of {batch.Size.Texts} texts that was cancelled {elapsed.TotalSeconds:F0} s ago.";
            }
        }

        return null;
    }

    private string? Lost(PongMessage pong, long sendsBefore)
    {
        var waiting = batches.Where(batch => batch.Key != pong.Running && batch.Value.SentAs is { } sent && sent <= sendsBefore).Select(batch => batch.Key).ToList();
        if (waiting.Count <= pong.Queued)
        {
            missing = null;
            return null;
        }

        if (missing is not { } before || before.Id != waiting[0])
        {
            missing = (waiting[0], time.GetTimestamp());
            return null;
        }

        return time.GetElapsedTime(before.Since) < LostAfter
            ? null
            : $"It has lost a batch of {batches[before.Id].Size.Texts} texts: it was sent {waiting.Count} more than it computes and says that {pong.Queued} wait.";
    }

    private sealed class Entry(BatchSize size)
    {
        public BatchSize Size { get; } = size;

        /// <summary>Its place in the order of sending; null until it is in the pipe.</summary>
        public long? SentAs { get; set; }

        /// <summary>When the worker was told to drop it; null when it was not.</summary>
        public long? CancelledAt { get; set; }
    }
}
