using AkiDb.Bridge.Dispatch;

namespace AkiDb.Bridge.Batching;

/// <summary>Where the texts of requests join the queues, and leave them when nobody waits for them any more.</summary>
/// <param name="gate">The batcher's lock.</param>
/// <param name="batchTokens">The configured tokens of one batch; 0 for what suits the engine.</param>
internal sealed class TextIntake(Lock gate, int batchTokens)
{
    private static readonly SeatWish[] Wishes = [new(true, false), new(false, false), new(true, true), new(false, true)];

    private long arrivals;
    private bool closed;

    /// <summary>A queue for each set of engines that texts may be computed by.</summary>
    public IReadOnlyList<TextQueue> Queues { get; } = [.. Wishes.Select(wish => new TextQueue(wish, batchTokens))];

    /// <summary>The tokens that wait, by lane.</summary>
    public (long Interactive, long Bulk) Waiting
    {
        get
        {
            lock (gate)
            {
                return (Queues.Sum(queue => queue.Interactive.Tokens), Queues.Sum(queue => queue.Bulk.Tokens));
            }
        }
    }

    /// <summary>A text joins its queue, or an equal one that is there already.</summary>
    /// <returns>False when the intake is closed.</returns>
    public bool TryAdd(EmbedJob job, int index, ReadOnlyMemory<int> ids, SeatWish wish)
    {
        var queue = Queues.First(queue => queue.Wish == wish);
        lock (gate)
        {
            if (closed)
            {
                return false;
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
            return true;
        }
    }

    /// <summary>Nobody waits for this request any more: what is only for it leaves the queue, or is ended where it runs.</summary>
    public void Drop(EmbedJob job)
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
                    Queues.First(queue => queue.Texts.TryGetValue(text.Ids, out var known) && known == text).Texts.Remove(text.Ids);
                }
                else if (text.Batch is { } batch && --batch.Wanted == 0)
                {
                    unwanted.Add(batch);
                }
            }
        }

        unwanted.ForEach(batch => batch.Abandon());
    }

    /// <summary>Takes nothing more.</summary>
    /// <returns>The requests that still wait.</returns>
    public IReadOnlyList<EmbedJob> Close()
    {
        lock (gate)
        {
            closed = true;
            return [.. Queues.SelectMany(queue => queue.Texts.Values).SelectMany(text => text.Waiters).Select(waiter => waiter.Job).Distinct()];
        }
    }
}
