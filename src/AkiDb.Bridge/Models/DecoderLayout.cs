namespace AkiDb.Bridge.Models;

/// <summary>
/// How a family of language models puts its layers together. A further family is a further row here and in the worker's <c>architectures.py</c>, and a
/// reader of its <c>config.json</c>. What a row does not say is Llama's.
/// </summary>
internal sealed record DecoderLayout
{
    /// <summary>What may stand before the names, where the base model is part of another.</summary>
    public const string Prefix = "model.";

    private static readonly Dictionary<string, DecoderLayout> Table = new()
    {
        ["mistral"] = new(),
        ["qwen2"] = new() { HasQueryBias = true },
        ["qwen3"] = new() { HasHeadNorms = true },
        ["gemma3_text"] = new()
        {
            HasHeadNorms = true,
            AddsOneToNorms = true,
            ScalesEmbeddings = true,
            FeedForwardNorm = "pre_feedforward_layernorm",
            AttentionOutputNorm = "post_attention_layernorm",
            FeedForwardOutputNorm = "post_feedforward_layernorm",
        },
    };

    /// <summary>Whether query, key and value always have a bias.</summary>
    public bool HasQueryBias { get; private init; }

    /// <summary>Whether each head of query and key is normalised, before it is turned.</summary>
    public bool HasHeadNorms { get; private init; }

    /// <summary>Whether a normalisation multiplies with 1 and its weight, instead of its weight alone.</summary>
    public bool AddsOneToNorms { get; private init; }

    /// <summary>Whether a token's embedding is multiplied with the root of its size.</summary>
    public bool ScalesEmbeddings { get; private init; }

    /// <summary>Before the linear layers behind the attention.</summary>
    public string FeedForwardNorm { get; private init; } = "post_attention_layernorm";

    /// <summary>Of what the attention gives, before it is added; null for none.</summary>
    public string? AttentionOutputNorm { get; private init; }

    /// <summary>Of what the linear layers give, before it is added; null for none.</summary>
    public string? FeedForwardOutputNorm { get; private init; }

    /// <summary>The row of a family, such as <c>qwen3</c>.</summary>
    public static DecoderLayout Of(string family) => Table[family];
}
