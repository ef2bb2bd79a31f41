namespace AkiDb.Bridge.UnitTests.Doubles;

/// <summary>A bridge that remembers what it was asked, and answers each text with its length.</summary>
internal sealed class RecordingBridge : IEmbeddingBridge
{
    public static readonly EmbeddingSpace Space = new()
    {
        Model = "a/model",
        Weights = "0011223344556677",
        Pooling = "mean",
        Prompt = "",
        Dimensions = 1,
        Normalized = false,
        Precision = "float32",
    };

    private readonly List<EmbeddingRequest> requests = [];

    public IReadOnlyList<EmbeddingRequest> Requests => requests;

    /// <summary>Answers instead; null for what a request is answered by itself.</summary>
    public Func<EmbeddingRequest, CancellationToken, Task<EmbeddingResult>>? Answer { get; set; }

    public static EmbeddingResult ResultOf(EmbeddingRequest request) => new()
    {
        Vectors = [.. request.Inputs.Select(text => new ReadOnlyMemory<float>([text.Length]))],
        Model = Space.Model,
        Space = Space,
        TotalTokens = 3 * request.Inputs.Count,
        Truncated = [.. request.Inputs.Select(text => text.Length > 100)],
        ServedBy = "in-process",
        Degraded = true,
        Compute = TimeSpan.Zero,
        Duration = TimeSpan.Zero,
    };

    public Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken = default)
    {
        lock (requests)
        {
            requests.Add(request);
        }

        return Answer?.Invoke(request, cancellationToken) ?? Task.FromResult(ResultOf(request));
    }
}
