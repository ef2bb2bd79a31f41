using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;

namespace AkiDb.Bridge.Batching;

/// <summary>One request's texts while they wait, are computed in one batch or several, and come back.</summary>
/// <param name="texts">Their token ids.</param>
/// <param name="priority">Their lane.</param>
/// <param name="inProcessAllowed">Whether the in-process engine may stand in for workers.</param>
/// <param name="deadline">The time stamp after which nobody waits for them.</param>
/// <param name="write">Takes the rows.</param>
internal sealed class EmbedJob(TokenBatch texts, EmbeddingPriority priority, bool inProcessAllowed, long deadline, RowWriter write)
{
    private readonly TaskCompletionSource<BridgeError?> ended = new();
    private readonly Lock gate = new();
    private readonly HashSet<long> batches = [];
    private int missing = texts.Texts;
    private bool closed;
    private BridgeError? failure;

    public TokenBatch Texts { get; } = texts;

    public EmbeddingPriority Priority { get; } = priority;

    public bool InProcessAllowed { get; } = inProcessAllowed;

    public long Deadline { get; } = deadline;

    /// <summary>Completes when every row has been written, with null, or when the request has failed. Continuations run where <see cref="Announce"/> is called.</summary>
    public Task<BridgeError?> Ended => ended.Task;

    /// <summary>The texts that wait or are computed for it. Guarded by the batcher.</summary>
    public List<QueuedText> Waiting { get; } = [];

    /// <summary>The engines that answered.</summary>
    public SortedSet<string> Engines { get; } = [];

    /// <summary>The precisions they compute in.</summary>
    public SortedSet<string> Precisions { get; } = [];

    /// <summary>Whether another than the first choice answered.</summary>
    public bool Fallback { get; private set; }

    /// <summary>What its batches took the engines; a batch that it shares with other requests counts in full.</summary>
    public TimeSpan Compute { get; private set; }

    /// <summary>One of its rows is there.</summary>
    /// <param name="text">The text's index.</param>
    /// <param name="row">The row.</param>
    /// <param name="reply">Who computed it.</param>
    /// <param name="batch">The batch's number.</param>
    /// <returns>Whether the job has ended with it: <see cref="Announce"/> is due.</returns>
    public bool Deliver(int text, ReadOnlySpan<float> row, in DispatchReply reply, long batch)
    {
        lock (gate)
        {
            if (closed)
            {
                return false;
            }

            write(text, row);
            Engines.Add(reply.Engine);
            Precisions.Add(reply.Precision);
            Fallback |= reply.Fallback;
            if (batches.Add(batch))
            {
                Compute += reply.Compute;
            }

            closed = --missing == 0;
            return closed;
        }
    }

    /// <summary>The request has failed; what else comes for it is dropped.</summary>
    /// <returns>Whether that ended it: <see cref="Announce"/> is due.</returns>
    public bool Fail(BridgeError error)
    {
        lock (gate)
        {
            if (closed)
            {
                return false;
            }

            failure = error;
            closed = true;
            return true;
        }
    }

    /// <summary>Tells whoever waits.</summary>
    public void Announce() => ended.TrySetResult(failure);
}
