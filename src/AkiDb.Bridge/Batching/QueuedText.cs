namespace AkiDb.Bridge.Batching;

/// <summary>One text that waits for its row, for one request or for several that sent the same. Guarded by the batcher.</summary>
internal sealed class QueuedText
{
    /// <param name="ids">Its token ids.</param>
    /// <param name="order">Its place in the order of arrival.</param>
    public QueuedText(ReadOnlyMemory<int> ids, long order)
    {
        Ids = ids;
        Order = order;
        Place = new LinkedListNode<QueuedText>(this);
    }

    public ReadOnlyMemory<int> Ids { get; }

    public long Order { get; }

    /// <summary>Its node in its lane, made once.</summary>
    public LinkedListNode<QueuedText> Place { get; }

    /// <summary>The lane that it waits in; null when it no longer waits.</summary>
    public TextLane? Lane { get; set; }

    /// <summary>Who waits for it: the job, and the text's index there.</summary>
    public List<(EmbedJob Job, int Text)> Waiters { get; } = [];

    /// <summary>The batch that it is computed in; null while it waits.</summary>
    public RunningBatch? Batch { get; set; }

    /// <summary>Whether its row, or its error, is being handed out: nobody joins it or leaves it any more.</summary>
    public bool IsClosed { get; set; }
}
