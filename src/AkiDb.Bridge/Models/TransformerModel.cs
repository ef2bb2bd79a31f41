namespace AkiDb.Bridge.Models;

/// <summary>A transformer with a pooling behind it.</summary>
internal sealed record TransformerModel : TokenizedModel
{
    public required TransformerArchitecture Architecture { get; init; }

    public required Pooling Pooling { get; init; }

    /// <summary>What becomes of a pooled vector before the host cuts and normalises it. Default: nothing.</summary>
    public IReadOnlyList<VectorModule> Modules { get; init; } = [];

    /// <summary>Whether the tokens of a prompt are pooled like the text's. Default true; false is served without a prompt only.</summary>
    public bool PoolsPrompt { get; init; } = true;

    /// <inheritdoc/>
    public override int Dimension => Modules.Count > 0 ? Modules[^1].Outputs : Architecture.HiddenSize;

    /// <inheritdoc/>
    public override string PoolingName => Pooling.ToName();

    /// <inheritdoc/>
    public override string ArchitectureName => Architecture.Name;

    /// <inheritdoc/>
    public override int VocabularySize => Architecture.VocabularySize;

    /// <inheritdoc/>
    public override string VocabularySizeSource => "'vocab_size' of config.json";
}
