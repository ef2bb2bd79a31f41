namespace AkiDb.Bridge.Models;

/// <summary>The tensors that a BERT forward pass reads, by their names without prefix.</summary>
internal static class BertTensors
{
    /// <summary>The tensor by which the names' prefix is recognised.</summary>
    public const string Anchor = "embeddings.word_embeddings.weight";

    public static IEnumerable<(string Name, long[] Shape)> Of(BertArchitecture bert)
    {
        long hidden = bert.HiddenSize;
        long wide = bert.IntermediateSize;
        yield return (Anchor, [bert.VocabularySize, hidden]);
        yield return ("embeddings.position_embeddings.weight", [bert.MaxPositions, hidden]);
        yield return ("embeddings.token_type_embeddings.weight", [bert.TokenTypes, hidden]);
        yield return ("embeddings.LayerNorm.weight", [hidden]);
        yield return ("embeddings.LayerNorm.bias", [hidden]);
        for (var layer = 0; layer < bert.Layers; layer++)
        {
            var at = $"encoder.layer.{layer}.";
            foreach (var (name, output, input) in new[]
            {
                ("attention.self.query", hidden, hidden),
                ("attention.self.key", hidden, hidden),
                ("attention.self.value", hidden, hidden),
                ("attention.output.dense", hidden, hidden),
                ("intermediate.dense", wide, hidden),
                ("output.dense", hidden, wide),
            })
            {
                yield return ($"{at}{name}.weight", [output, input]);
                yield return ($"{at}{name}.bias", [output]);
            }

            foreach (var name in new[] { "attention.output.LayerNorm", "output.LayerNorm" })
            {
                yield return ($"{at}{name}.weight", [hidden]);
                yield return ($"{at}{name}.bias", [hidden]);
            }
        }
    }
}
