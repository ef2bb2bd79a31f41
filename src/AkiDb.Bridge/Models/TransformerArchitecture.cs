namespace AkiDb.Bridge.Models;

/// <summary>The numbers of <c>config.json</c> that a forward pass needs; one subtype for each family that the engines understand.</summary>
internal abstract record TransformerArchitecture
{
    public required int VocabularySize { get; init; }
    public required int HiddenSize { get; init; }
    public required int Layers { get; init; }
    public required int Heads { get; init; }
    public required int IntermediateSize { get; init; }
    public required int MaxPositions { get; init; }

    /// <summary>The <c>model_type</c> of <c>config.json</c>, such as <c>bert</c>.</summary>
    public abstract string Name { get; }
}
