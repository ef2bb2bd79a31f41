namespace AkiDb.Bridge.Models;

/// <summary>Reads <c>config.json</c> of a BERT model.</summary>
internal static class BertConfig
{
    public static BertArchitecture Read(JsonMembers config)
    {
        config.Expect("hidden_act", "gelu");
        config.Expect("position_embedding_type", "absolute");
        config.Expect("is_decoder", false);
        config.Expect("add_cross_attention", false);
        config.ExpectNothing("pruned_heads");
        var architecture = new BertArchitecture
        {
            VocabularySize = config.Count("vocab_size"),
            HiddenSize = config.Count("hidden_size"),
            Layers = config.Count("num_hidden_layers"),
            Heads = config.Count("num_attention_heads"),
            IntermediateSize = config.Count("intermediate_size"),
            MaxPositions = config.Count("max_position_embeddings"),
            TokenTypes = config.Count("type_vocab_size"),
            LayerNormEpsilon = config.Positive("layer_norm_eps"),
        };
        return architecture.HiddenSize % architecture.Heads == 0
            ? architecture
            : throw config.Wrong("num_attention_heads", $"a divisor of hidden_size, {architecture.HiddenSize}");
    }
}
