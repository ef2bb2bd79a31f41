namespace AkiDb.Bridge;

/// <summary>The lane that a request waits in.</summary>
public enum EmbeddingPriority
{
    /// <summary>Somebody waits for the answer: ahead of bulk work.</summary>
    Interactive,

    /// <summary>Throughput matters, not the moment: what interactive requests leave, but never less than a fifth of the batches.</summary>
    Bulk,
}
