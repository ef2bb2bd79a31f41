namespace AkiDb.Bridge;

/// <summary>Texts to embed, and how.</summary>
public sealed record EmbeddingRequest
{
    /// <summary>The texts, at least one. An empty string is a valid text.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

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

    /// <summary>What may answer when the workers cannot; null for the bridge's own policy.</summary>
    public FallbackPolicy? Fallback { get; init; }

    /// <summary>The lane it waits in; null for interactive, unless it is large (<see cref="Batching.BatchingOptions.BulkTokens"/>).</summary>
    public EmbeddingPriority? Priority { get; init; }

    /// <summary>How long the answer may take, at most 24 hours; null for the bridge's own timeout.</summary>
    public TimeSpan? Timeout { get; init; }
}
