namespace AkiDb.Bridge;

/// <summary>Texts to embed, and how.</summary>
public sealed record EmbeddingRequest
{
    /// <summary>The texts, at least one. An empty string is a valid text.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>
    /// Token ids of the model's own vocabulary instead of <see cref="Inputs"/>, which is empty then: taken as they are, no special token and no prompt is added.
    /// Null (default) for texts.
    /// </summary>
    public IReadOnlyList<int[]>? TokenIds { get; init; }

    /// <summary>
    /// The space that the answer must be in, as <see cref="EmbeddingSpace.ToString"/> writes it: what would be answered in another is refused. The precision counts
    /// only if it is named. Null (default) for whatever the request asks for.
    /// </summary>
    public string? Space { get; init; }

    /// <summary>The model, by any of its names; null for the default one.</summary>
    public string? Model { get; init; }

    /// <summary>Whether vectors are scaled to length 1; null for the model's own way.</summary>
    public bool? Normalize { get; init; }

    /// <summary>The pooling, by name; null for the model's own. Another than the model's own is an error.</summary>
    public string? Pooling { get; init; }

    /// <summary>Keeps only the first components of each vector; null keeps all.</summary>
    public int? Dimensions { get; init; }

    /// <summary>The text to put before each input; empty for none, null for <see cref="PromptName"/>. Part of the embedding space.</summary>
    public string? Prompt { get; init; }

    /// <summary>One of the model's named prompts; null for its default. Not together with <see cref="Prompt"/>.</summary>
    public string? PromptName { get; init; }

    /// <summary>Whether inputs over the model's maximum are cut (default) or refused.</summary>
    public bool Truncate { get; init; } = true;

    /// <summary>Whether an input that is cut keeps its end; by default it keeps its beginning.</summary>
    public bool TruncateFromStart { get; init; }

    /// <summary>What may answer when the workers cannot; null for the bridge's own policy.</summary>
    public FallbackPolicy? Fallback { get; init; }

    /// <summary>The lane it waits in; null for interactive. A large request (<see cref="Batching.BatchingOptions.BulkTokens"/>) is bulk work, whatever it says.</summary>
    public EmbeddingPriority? Priority { get; init; }

    /// <summary>How long the answer may take, at most 24 hours; null for the bridge's own timeout.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>
    /// Who asks: requests take turns by caller, and nobody's work is before another's. Over HTTP it is the caller's key, else its remote address.
    /// Null (default) for the one class of callers in this process.
    /// </summary>
    public string? Caller { get; init; }

    /// <summary>Whether the caller cannot see which model answered: then no other one may.</summary>
    internal bool HidesModel { get; init; }
}
