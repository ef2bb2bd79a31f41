namespace AkiDb.Bridge.Models;

/// <summary>A transformer with a pooling behind it.</summary>
internal sealed record TransformerModel : TokenizedModel
{
    public required TransformerArchitecture Architecture { get; init; }

    public required Pooling Pooling { get; init; }

    /// <summary>Poolings whose vectors stand behind that of the first, in order. Default: none.</summary>
    public IReadOnlyList<Pooling> FurtherPoolings { get; init; } = [];

    /// <summary>All poolings, in the order in which what they give stands in a vector.</summary>
    public IReadOnlyList<Pooling> Poolings => [Pooling, .. FurtherPoolings];

    /// <summary>What becomes of a pooled vector before the host cuts and normalises it. Default: nothing.</summary>
    public IReadOnlyList<VectorModule> Modules { get; init; } = [];

    /// <summary>Whether the tokens of a prompt are pooled like the text's. Default true.</summary>
    public bool PoolsPrompt { get; init; } = true;

    /// <summary>The id that is no token: in a batch it stands behind those first tokens of a text that are not pooled.</summary>
    public int PromptEnd => VocabularySize;

    /// <inheritdoc/>
    public override int Dimension => Modules.Count > 0 ? Modules[^1].Outputs : Poolings.Count * Architecture.HiddenSize;

    /// <inheritdoc/>
    public override string PoolingName => string.Join('+', Poolings.Select(pooling => pooling.ToName()));

    /// <inheritdoc/>
    public override string ArchitectureName => Architecture.Name;

    /// <inheritdoc/>
    public override int VocabularySize => Architecture.VocabularySize;

    /// <inheritdoc/>
    public override string VocabularySizeSource => "'vocab_size' of config.json";
}
