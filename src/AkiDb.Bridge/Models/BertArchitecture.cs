namespace AkiDb.Bridge.Models;

/// <summary>A BERT encoder with absolute positions and exact GELU.</summary>
internal sealed record BertArchitecture : TransformerArchitecture
{
    public required int TokenTypes { get; init; }
    public required double LayerNormEpsilon { get; init; }

    public override string Name => "bert";
}
