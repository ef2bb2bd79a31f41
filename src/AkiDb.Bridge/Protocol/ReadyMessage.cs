namespace AkiDb.Bridge.Protocol;

/// <summary>The model is loaded: what the worker will serve, for the host to compare with what it asked for.</summary>
internal sealed record ReadyMessage : WorkerMessage
{
    public required long Id { get; init; }
    public required int Dimension { get; init; }
    public required int MaxTokens { get; init; }
    public required string Pooling { get; init; }
    public required string WeightsSha256 { get; init; }
    public required string Device { get; init; }
    public required string Dtype { get; init; }
    public required string Encoder { get; init; }
    public required IReadOnlyDictionary<string, string> Libraries { get; init; }
}
