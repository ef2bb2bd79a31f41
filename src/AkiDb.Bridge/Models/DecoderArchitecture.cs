namespace AkiDb.Bridge.Models;

/// <summary>A language model's layers, used as an encoder: grouped queries, rotary positions, a gated pair of linear layers.</summary>
internal sealed record DecoderArchitecture : TransformerArchitecture
{
    /// <summary>The family, a row of <see cref="DecoderLayout"/>'s table. Default <c>qwen3</c>.</summary>
    public string Family { get; init; } = "qwen3";

    public required int KeyValueHeads { get; init; }

    public required int HeadSize { get; init; }

    public required double RmsNormEpsilon { get; init; }

    /// <summary>What the gate goes through. Default SiLU.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>Whether query, key, value and the attention's output have a bias, where the family leaves that to the model. Default false.</summary>
    public bool HasAttentionBias { get; init; }

    /// <summary>Whether query, key and value have a bias.</summary>
    public bool HasQueryBias => HasAttentionBias || Layout.HasQueryBias;

    /// <summary>Whether a token sees nothing behind itself. Default true.</summary>
    public bool IsCausal { get; init; } = true;

    /// <summary>The scores are divided by this number's root; 0 for that of the head's size.</summary>
    public double ScoreScalar { get; init; }

    /// <summary>What its tensors are called and how its layers are put together.</summary>
    public DecoderLayout Layout => DecoderLayout.Of(Family);

    public override string Name => Family;

    public override AttentionShape Attention =>
        new(Heads, KeyValueHeads, HeadSize, 1 / Math.Sqrt(ScoreScalar > 0 ? ScoreScalar : HeadSize), IsCausal);
}
