using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;

namespace AkiDb.Bridge.Batching;

/// <summary>One request's texts while they wait, are computed in one batch or several, and come back. Guarded by <see cref="BatcherState"/>.</summary>
/// <param name="texts">Their token ids.</param>
/// <param name="caller">Who takes turns with others; empty for the class of in-process callers.</param>
/// <param name="priority">Their lane.</param>
/// <param name="inProcessAllowed">Whether the in-process engine may stand in for workers.</param>
/// <param name="deadline">The time stamp after which nobody waits for them.</param>
/// <param name="write">Takes the rows.</param>
internal sealed class EmbedJob(TokenBatch texts, string caller, EmbeddingPriority priority, bool inProcessAllowed, long deadline, RowWriter write)
{
    private readonly TaskCompletionSource<BridgeError?> ended = new();
    private readonly HashSet<long> batches = [];
    private int missing = texts.Texts;

    public TokenBatch Texts { get; } = texts;

    public string Caller { get; } = caller;

    public EmbeddingPriority Priority { get; } = priority;

    public bool InProcessAllowed { get; } = inProcessAllowed;

    public long Deadline { get; } = deadline;

    /// <summary>Completes when every row has been written, with null, or when the request has failed. Continuations run where <see cref="Complete"/> is called.</summary>
    public Task<BridgeError?> Ended => ended.Task;

    /// <summary>Where it waits for which text.</summary>
    public List<LinkedListNode<TextWaiter>> Waiting { get; } = [];

    /// <summary>Its place among the open requests; null when it is none of them.</summary>
    public LinkedListNode<EmbedJob>? Place { get; set; }

    /// <summary>Why it failed, if it did.</summary>
    public BridgeError? Failure { get; set; }

    /// <summary>The engines that answered.</summary>
    public SortedSet<string> Engines { get; } = [];

    /// <summary>The precisions they compute in.</summary>
    public SortedSet<string> Precisions { get; } = [];

    /// <summary>Whether another than the first choice answered.</summary>
    public bool Fallback { get; private set; }

    /// <summary>What its batches took the engines; a batch that it shares with other requests counts in full.</summary>
    public TimeSpan Compute { get; private set; }

    /// <summary>The batches that its texts were computed in; null where nobody traces the request.</summary>
    public List<EngineWork>? Work { get; init; }

    /// <summary>Takes one row. Not guarded: rows of different batches may come at once.</summary>
    public void Write(int text, ReadOnlySpan<float> row) => write(text, row);

    /// <summary>Records that a row has been written.</summary>
    /// <returns>Whether it was the last one.</returns>
    public bool Record(in DispatchReply reply, long batch, DateTimeOffset now)
    {
        Engines.Add(reply.Engine);
        Precisions.Add(reply.Precision);
        Fallback |= reply.Fallback;
        if (batches.Add(batch))
        {
            Compute += reply.Compute;
            Work?.Add(new EngineWork(reply.Engine, batch, reply.Compute, now));
        }

        return --missing == 0;
    }

    /// <summary>Tells whoever waits that it has ended. Not guarded, and never called under the lock.</summary>
    public void Complete() => ended.TrySetResult(Failure);
}
