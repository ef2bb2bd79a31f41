namespace AkiDb.Bridge.Host.Hub;

/// <summary>What a model is, and who can compute it.</summary>
internal sealed record ModelCard
{
    public required string Model { get; init; }

    public required string? Revision { get; init; }

    public required string Folder { get; init; }

    public required int Dimension { get; init; }

    public required string Pooling { get; init; }

    public required bool Normalize { get; init; }

    /// <summary>The most tokens of one input; null where nothing says so.</summary>
    public required int? MaxTokens { get; init; }

    /// <summary>The prompts, by their names.</summary>
    public required IReadOnlyDictionary<string, string> Prompts { get; init; }

    public required string? DefaultPrompt { get; init; }

    /// <summary>The space of its vectors when a request asks for nothing special, without the precision of whoever computes.</summary>
    public required string Space { get; init; }

    /// <summary>Whether the engine in the host's process computes it, or why not.</summary>
    public required string InProcess { get; init; }

    /// <summary>What workers compute it with, and why not with our own encoder where they cannot.</summary>
    public required string Workers { get; init; }

    public required IReadOnlyList<ModelFile> Files { get; init; }
}
