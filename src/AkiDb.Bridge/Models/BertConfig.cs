using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>Reads <c>config.json</c> of a BERT model, or of one of its nearest kin.</summary>
internal static class BertConfig
{
    // What the library takes where the file says nothing: older files leave these out. MPNet and DistilBERT have no choice.
    private const int DefaultPaddingId = 1;
    private const int DefaultTokenTypes = 2;
    private const double DefaultLayerNormEpsilon = 1e-12;

    /// <param name="config">The file.</param>
    /// <param name="family">The family, <c>bert</c>, <c>roberta</c> or <c>mpnet</c>.</param>
    public static EncoderArchitecture Read(JsonMembers config, string family)
    {
        config.Expect("position_embedding_type", "absolute");
        config.Expect("feed_forward_type", "original");
        return Check(config, "num_attention_heads", "hidden_size", ReadCommon(config, family) with
        {
            PaddingId = family switch
            {
                "roberta" => ReadPaddingId(config),
                "mpnet" => DefaultPaddingId,
                _ => null,
            },
            RelativeBuckets = family == "mpnet" ? config.OptionalCount("relative_attention_num_buckets") ?? EncoderArchitecture.BucketsToldApart : 0,
            TokenTypes = family == "mpnet" ? 0 : config.OptionalCount("type_vocab_size") ?? DefaultTokenTypes,
        });
    }

    /// <summary>Jina's BERT: no positions, but distances that count; and a gate.</summary>
    public static EncoderArchitecture ReadJina(JsonMembers config)
    {
        config.Expect("position_embedding_type", "alibi");
        return Check(config, "num_attention_heads", "hidden_size", ReadCommon(config, ForeignCode.JinaBert) with
        {
            Activation = config.Text("feed_forward_type") switch
            {
                "geglu" => Activation.Gelu,
                "reglu" => Activation.Relu,
                _ => throw config.Wrong("feed_forward_type", "\"geglu\" or \"reglu\""),
            },
        });
    }

    /// <summary>DistilBERT has names of its own for everything, and no choice of an epsilon.</summary>
    public static EncoderArchitecture ReadDistilled(JsonMembers config) => Check(config, "n_heads", "dim", new EncoderArchitecture
    {
        Family = "distilbert",
        VocabularySize = config.Count("vocab_size"),
        HiddenSize = config.Count("dim"),
        Layers = config.Count("n_layers"),
        Heads = config.Count("n_heads"),
        IntermediateSize = config.Count("hidden_dim"),
        MaxPositions = config.Count("max_position_embeddings"),
        TokenTypes = 0,
        LayerNormEpsilon = DefaultLayerNormEpsilon,
        Activation = Activations.Read(config, "activation", Activation.Gelu),
    });

    private static EncoderArchitecture ReadCommon(JsonMembers config, string family) => new()
    {
        Family = family,
        VocabularySize = config.Count("vocab_size"),
        HiddenSize = config.Count("hidden_size"),
        Layers = config.Count("num_hidden_layers"),
        Heads = config.Count("num_attention_heads"),
        IntermediateSize = config.Count("intermediate_size"),
        MaxPositions = config.Count("max_position_embeddings"),
        TokenTypes = config.OptionalCount("type_vocab_size") ?? DefaultTokenTypes,
        LayerNormEpsilon = config.OptionalPositive("layer_norm_eps") ?? DefaultLayerNormEpsilon,
        Activation = Activations.Read(config, "hidden_act", Activation.Gelu),
    };

    private static EncoderArchitecture Check(JsonMembers config, string heads, string size, EncoderArchitecture architecture)
    {
        if (architecture.LongestText < 1)
        {
            throw config.Wrong("max_position_embeddings", "more positions than 'pad_token_id' takes away");
        }

        if (architecture.RelativeBuckets is > 0 and < EncoderArchitecture.BucketsToldApart)
        {
            throw config.Wrong("relative_attention_num_buckets", $"{EncoderArchitecture.BucketsToldApart} or more: the library tells so many apart, whatever this says");
        }

        return architecture.HiddenSize % architecture.Heads == 0
            ? architecture
            : throw config.Wrong(heads, $"a divisor of {size}, {architecture.HiddenSize}");
    }

    private static int ReadPaddingId(JsonMembers config) => config.Find("pad_token_id") switch
    {
        null => DefaultPaddingId,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt32(out var id) && id >= 0 => id,
        _ => throw config.Wrong("pad_token_id", "a whole number from 0"),
    };
}
