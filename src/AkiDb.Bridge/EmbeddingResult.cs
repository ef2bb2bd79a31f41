namespace AkiDb.Bridge;

/// <summary>The vectors of a request, and everything that says what they are.</summary>
public sealed record EmbeddingResult
{
    /// <summary>One vector for each input, in their order, each of <see cref="EmbeddingSpace.Dimensions"/> components.</summary>
    public required IReadOnlyList<ReadOnlyMemory<float>> Vectors { get; init; }

    /// <summary>The model that computed them.</summary>
    public required string Model { get; init; }

    /// <summary>The space that they live in.</summary>
    public required EmbeddingSpace Space { get; init; }

    /// <summary>The tokens of all inputs, special tokens included, as computed: after truncation.</summary>
    public required int TotalTokens { get; init; }

    /// <summary>For each input its tokens, as <see cref="TotalTokens"/> counts them.</summary>
    public IReadOnlyList<int> Tokens { get; init; } = [];

    /// <summary>For each input, whether it was cut.</summary>
    public required IReadOnlyList<bool> Truncated { get; init; }

    /// <summary>The engines that computed the vectors, such as <c>worker:0</c> or <c>in-process</c>; several are joined by commas.</summary>
    public required string ServedBy { get; init; }

    /// <summary>Whether something other than the first choice answered: the fallback engine, or another model.</summary>
    public required bool Degraded { get; init; }

    /// <summary>The time that engines took to compute, summed over the request's batches.</summary>
    public required TimeSpan Compute { get; init; }

    /// <summary>The time that the texts took to become tokens, waiting included.</summary>
    public TimeSpan Tokenizing { get; init; }

    /// <summary>From the call to the result.</summary>
    public required TimeSpan Duration { get; init; }
}
