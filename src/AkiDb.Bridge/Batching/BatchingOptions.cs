namespace AkiDb.Bridge.Batching;

/// <summary>How requests are put into batches.</summary>
public sealed class BatchingOptions
{
    /// <summary>Tokens of one batch; a longer text goes alone. Default 0: what suits the engine that computes it (512 for a worker on a processor, 16,384 on a GPU, in-process a micro-batch for each core).</summary>
    public int BatchTokens { get; set; }

    /// <summary>A request of more tokens than this is bulk work, whatever it says. Default 2,048.</summary>
    public int BulkTokens { get; set; } = 2_048;

    /// <summary>The lane of a request.</summary>
    internal EmbeddingPriority PriorityOf(EmbeddingPriority? wanted, long tokens) =>
        tokens > BulkTokens ? EmbeddingPriority.Bulk : wanted ?? EmbeddingPriority.Interactive;
}
