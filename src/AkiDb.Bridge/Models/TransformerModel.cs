namespace AkiDb.Bridge.Models;

/// <summary>A model that is understood down to its last tensor: both engines compute it themselves, from token ids.</summary>
internal sealed record TransformerModel : ModelDescription
{
    public required TransformerArchitecture Architecture { get; init; }
    public required ModelWeights Weights { get; init; }
    public required string TokenizerFile { get; init; }
    public required Pooling Pooling { get; init; }

    /// <summary>Whether the tokens of a prompt are pooled like the text's. Default true; false is served without a prompt only.</summary>
    public bool PoolsPrompt { get; init; } = true;

    /// <inheritdoc/>
    public override int Dimension => Architecture.HiddenSize;

    /// <inheritdoc/>
    public override string PoolingName => Pooling.ToName();

    /// <inheritdoc/>
    public override IReadOnlyList<string> WeightFiles => Weights.Files;
}
