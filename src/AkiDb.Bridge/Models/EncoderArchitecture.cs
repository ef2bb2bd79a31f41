namespace AkiDb.Bridge.Models;

/// <summary>BERT or one of its kin: every token sees every other, or those in a window around it.</summary>
internal sealed record EncoderArchitecture : TransformerArchitecture
{
    /// <summary>The distances between two tokens that MPNet tells apart, on both sides together: the library takes no other number, whatever its file says.</summary>
    public const int BucketsToldApart = 32;

    /// <summary>The tensor of MPNet's relative positions.</summary>
    public const string RelativeBias = "encoder.relative_attention_bias.weight";

    /// <summary>The family, a row of <see cref="EncoderLayout"/>'s table. Default <c>bert</c>.</summary>
    public string Family { get; init; } = "bert";

    /// <summary>The kinds of tokens that have embeddings; 0 for none.</summary>
    public required int TokenTypes { get; init; }

    /// <summary>
    /// RoBERTa's way with positions: a token's position is the count of tokens so far that are not this one, plus this id; this token's own position
    /// is its id. Null for BERT's, which counts from 0.
    /// </summary>
    public int? PaddingId { get; init; }

    /// <summary>The rows of MPNet's table of relative positions, of which the first <see cref="BucketsToldApart"/> are used; 0 where attention looks at no distance.</summary>
    public int RelativeBuckets { get; init; }

    public required double LayerNormEpsilon { get; init; }

    /// <summary>Between the two linear layers of a layer. Default GELU.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>Which parts have a bias; null for those that the family has always.</summary>
    public EncoderBiases? Biases { get; init; }

    /// <summary>What its tensors are called and how its layers are put together.</summary>
    public EncoderLayout Layout => EncoderLayout.Of(Family);

    public override string Name => Family;

    public override AttentionShape Attention => new(Heads, Heads, HiddenSize / Heads, 1 / Math.Sqrt(HiddenSize / Heads), IsCausal: false);

    public override bool HasPositionTable => Layout.Positions is not null;

    /// <summary>Where a text is cut if no other file says; null for the last position.</summary>
    public int? DefaultLongestText { get; init; }

    public override int LongestText => DefaultLongestText ?? MaxPositions - (PaddingId + 1 ?? 0);
}
