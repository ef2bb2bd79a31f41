namespace AkiDb.Bridge.Models;

/// <summary>
/// What a family of BERT's kin calls its tensors, and how its layers are put together. A further family is a further row here and in the worker's
/// <c>architectures.py</c>, and a reader of its <c>config.json</c>. What a row does not say is BERT's.
/// </summary>
internal sealed record EncoderLayout
{
    private static readonly EncoderLayout Bert = new();

    private static readonly Dictionary<string, EncoderLayout> Table = new()
    {
        ["bert"] = Bert,
        ["roberta"] = Bert with { Prefix = "roberta." },
        ["mpnet"] = Bert with
        {
            Prefix = "mpnet.",
            Query = new("attention.attn.q"),
            Key = new("attention.attn.k"),
            Value = new("attention.attn.v"),
            AttentionOutput = new("attention.attn.o"),
            AttentionNorm = "attention.LayerNorm",
        },
        ["distilbert"] = Bert with
        {
            Prefix = "distilbert.",
            Layer = "transformer.layer.",
            Query = new("attention.q_lin"),
            Key = new("attention.k_lin"),
            Value = new("attention.v_lin"),
            AttentionOutput = new("attention.out_lin"),
            AttentionNorm = "sa_layer_norm",
            Up = new("ffn.lin1"),
            Down = new("ffn.lin2"),
            OutputNorm = "output_layer_norm",
        },
        ["jina_bert"] = Bert with
        {
            Positions = null,
            HasAlibi = true,
            Gate = new("mlp.gated_layers", 0, 2),
            Up = new("mlp.gated_layers", 1, 2),
            Down = new("mlp.wo"),
            OutputNorm = "mlp.layernorm",
            Biases = EncoderBiases.All with { Up = false },
        },
        ["nomic_bert"] = Bert with
        {
            Positions = null,
            EmbeddingNorm = "emb_ln",
            Layer = "encoder.layers.",
            Query = new("attn.Wqkv", 0, 3),
            Key = new("attn.Wqkv", 1, 3),
            Value = new("attn.Wqkv", 2, 3),
            AttentionOutput = new("attn.out_proj"),
            AttentionNorm = "norm1",
            Up = new("mlp.fc11"),
            Gate = new("mlp.fc12"),
            Down = new("mlp.fc2"),
            OutputNorm = "norm2",
        },
        ["new"] = Bert with
        {
            Prefix = "new.",
            OtherNames = "gte",
            Positions = null,
            Query = new("attention.qkv_proj", 0, 3),
            Key = new("attention.qkv_proj", 1, 3),
            Value = new("attention.qkv_proj", 2, 3),
            AttentionOutput = new("attention.o_proj"),
            AttentionNorm = "attn_ln",
            Up = new("mlp.up_gate_proj", 0, 2),
            Gate = new("mlp.up_gate_proj", 1, 2),
            Down = new("mlp.down_proj"),
            OutputNorm = "mlp_ln",
            Biases = EncoderBiases.All with { Up = false },
        },
        ["gte"] = Bert with
        {
            Prefix = "gte.",
            Positions = null,
            Layer = "layers.",
            Query = new("self_attn.q_proj"),
            Key = new("self_attn.k_proj"),
            Value = new("self_attn.v_proj"),
            AttentionOutput = new("self_attn.o_proj"),
            AttentionNorm = "post_attention_layernorm",
            Up = new("mlp.up_proj"),
            Gate = new("mlp.gate_proj"),
            Down = new("mlp.down_proj"),
            OutputNorm = "post_mlp_layernorm",
            Biases = EncoderBiases.All with { Up = false },
        },
        ["modernbert"] = Bert with
        {
            Prefix = "model.",
            Words = "embeddings.tok_embeddings",
            Positions = null,
            EmbeddingNorm = "embeddings.norm",
            Layer = "layers.",
            Query = new("attn.Wqkv", 0, 3),
            Key = new("attn.Wqkv", 1, 3),
            Value = new("attn.Wqkv", 2, 3),
            AttentionOutput = new("attn.Wo"),
            AttentionNorm = "attn_norm",
            Gate = new("mlp.Wi", 0, 2),
            Up = new("mlp.Wi", 1, 2),
            Down = new("mlp.Wo"),
            OutputNorm = "mlp_norm",
            FinalNorm = "final_norm",
        },
    };

    /// <summary>The row whose names the tensors have where a newer version of the library wrote them; null for none.</summary>
    public string? OtherNames { get; private init; }

    /// <summary>What may stand before the names, where the base model is part of another.</summary>
    public string Prefix { get; private init; } = "bert.";

    public string Words { get; private init; } = "embeddings.word_embeddings";

    /// <summary>The table of absolute positions; null where there is none.</summary>
    public string? Positions { get; private init; } = "embeddings.position_embeddings";

    public string TokenTypes { get; private init; } = "embeddings.token_type_embeddings";

    public string EmbeddingNorm { get; private init; } = "embeddings.LayerNorm";

    /// <summary>What stands before a layer's number.</summary>
    public string Layer { get; private init; } = "encoder.layer.";

    public LinearName Query { get; private init; } = new("attention.self.query");

    public LinearName Key { get; private init; } = new("attention.self.key");

    public LinearName Value { get; private init; } = new("attention.self.value");

    public LinearName AttentionOutput { get; private init; } = new("attention.output.dense");

    /// <summary>Behind the attention; before it where there is a <see cref="FinalNorm"/>, and then the first layer has none.</summary>
    public string AttentionNorm { get; private init; } = "attention.output.LayerNorm";

    public LinearName Up { get; private init; } = new("intermediate.dense");

    /// <summary>A second layer beside <see cref="Up"/>, whose activated values its values are multiplied with; null where they are activated themselves.</summary>
    public LinearName? Gate { get; private init; }

    public LinearName Down { get; private init; } = new("output.dense");

    /// <summary>Behind the linear layers; before them where there is a <see cref="FinalNorm"/>.</summary>
    public string OutputNorm { get; private init; } = "output.LayerNorm";

    /// <summary>The normalisation behind the last layer, where each layer normalises what comes in instead of what goes out; null for BERT's way.</summary>
    public string? FinalNorm { get; private init; }

    /// <summary>Whether a key counts less the farther it is from the query, each head in its own measure (ALiBi).</summary>
    public bool HasAlibi { get; private init; }

    /// <summary>Which parts have a bias where <c>config.json</c> has no say.</summary>
    public EncoderBiases Biases { get; private init; } = EncoderBiases.All;

    /// <summary>The row of a family, such as <c>bert</c>.</summary>
    public static EncoderLayout Of(string family) => Table[family];

    /// <summary>The architecture under the names that its tensors have.</summary>
    public static TransformerArchitecture AsNamed(TransformerArchitecture architecture, IEnumerable<string> tensors) =>
        architecture is EncoderArchitecture { Layout.OtherNames: { } other } encoder
        && tensors.Any(name => name.EndsWith($"{Of(other).Layer}0.{Of(other).Query.Weight}", StringComparison.Ordinal))
            ? encoder with { Family = other }
            : architecture;

    /// <summary>Whether a layer normalises what comes into its attention.</summary>
    public bool NormalizesBefore(int layer) => FinalNorm is not null && layer > 0;
}
