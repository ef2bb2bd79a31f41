namespace AkiDb.Bridge.Models;

/// <summary>What a model folder says, read once and strictly: everything that tokenisation and both engines need. Immutable.</summary>
internal sealed record ModelDescription
{
    /// <summary>The canonical model name, such as <c>sentence-transformers/all-MiniLM-L6-v2</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The hub's commit, where the folder comes from the Hugging Face cache; null otherwise.</summary>
    public string? Revision { get; init; }

    /// <summary>The folder, absolute.</summary>
    public required string Folder { get; init; }

    public required TransformerArchitecture Architecture { get; init; }
    public required ModelWeights Weights { get; init; }
    public required string TokenizerFile { get; init; }
    public required Pooling Pooling { get; init; }

    /// <summary>Whether the model's own vectors have length 1.</summary>
    public required bool Normalize { get; init; }

    /// <summary>The most tokens of one input, special tokens included; longer inputs are cut.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>The components of one vector.</summary>
    public int Dimension => Architecture.HiddenSize;

    /// <summary>Named texts to put before an input, such as <c>query</c>.</summary>
    public required IReadOnlyDictionary<string, string> Prompts { get; init; }

    /// <summary>The prompt that the model applies when the caller names none; null for no prompt.</summary>
    public string? DefaultPromptName { get; init; }
}
