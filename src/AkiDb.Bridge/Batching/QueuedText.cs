namespace AkiDb.Bridge.Batching;

/// <summary>One text that waits for its row, for one request or for several that sent the same. Guarded by <see cref="BatcherState"/>.</summary>
internal sealed class QueuedText
{
    public QueuedText(ReadOnlyMemory<int> ids, long number, TextQueue queue, long arrived = 0)
    {
        (Ids, Number, Queue, Arrived) = (ids, number, queue, arrived);
        Place = new LinkedListNode<QueuedText>(this);
    }

    public ReadOnlyMemory<int> Ids { get; }

    /// <summary>Its place in the order of arrival.</summary>
    public long Number { get; }

    public TextQueue Queue { get; }

    /// <summary>When it came, as a time stamp.</summary>
    public long Arrived { get; }

    /// <summary>Its node in its lane, made once.</summary>
    public LinkedListNode<QueuedText> Place { get; }

    /// <summary>The lane that it waits in; null when it does not wait.</summary>
    public TextLane? Lane { get; set; }

    /// <summary>The caller whose turn it waits for.</summary>
    public string Caller { get; set; } = "";

    /// <summary>When that turn is, in its lane's virtual time.</summary>
    public long Start { get; set; }

    /// <summary>Who waits for it. Somebody who leaves is removed in constant time, however many wait.</summary>
    public LinkedList<TextWaiter> Waiters { get; } = new();

    /// <summary>The batch that it is computed in; null while it waits.</summary>
    public RunningBatch? Batch { get; set; }

    /// <summary>Whether its row, or its error, is being handed out, or nobody waits for it: nobody joins it or leaves it any more.</summary>
    public bool IsClosed { get; set; }
}
