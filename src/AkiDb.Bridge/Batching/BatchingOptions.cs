namespace AkiDb.Bridge.Batching;

/// <summary>How requests are cut into batches.</summary>
public sealed class BatchingOptions
{
    /// <summary>Tokens of one batch. Default 4096: small enough that two callers take turns, large enough that the pipe costs nothing.</summary>
    public int BatchTokens { get; set; } = 4096;
}
