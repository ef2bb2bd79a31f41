namespace AkiDb.Bridge.Models;

/// <summary>A model that is understood down to its last tensor: the host tokenises for it, and both engines compute it from token ids.</summary>
internal abstract record TokenizedModel : ModelDescription
{
    public required ModelWeights Weights { get; init; }

    public required string TokenizerFile { get; init; }

    /// <summary>The content of <see cref="TokenizerFile"/>, for whoever makes a tokeniser of it: what was hashed is what tokenises.</summary>
    public ReadOnlyMemory<byte> TokenizerJson { get; init; }

    /// <summary>The SHA-256 of <see cref="TokenizerJson"/>, lower-case hex.</summary>
    public string TokenizerSha256 { get; init; } = "";

    /// <summary>The member, and its file, that <see cref="ModelDescription.MaxTokens"/> comes from.</summary>
    public string MaxTokensSource { get; init; } = "";

    /// <summary>The family, as workers know it, such as <c>bert</c>.</summary>
    public abstract string ArchitectureName { get; }

    /// <summary>The ids that the model has vectors for, from 0.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>What says how many ids there are, for messages.</summary>
    public abstract string VocabularySizeSource { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> WeightFiles => Weights.Files;
}
