using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>How many tokens one input may have.</summary>
internal static class MaxTokensRule
{
    /// <summary>
    /// <c>sentence_bert_config.json</c> wins, and may exceed the positions that the model was made for where they have no table, as sentence-transformers does;
    /// else the tokeniser's <c>model_max_length</c>, and never more than the model's positions.
    /// What <c>tokenizer.json</c> stores about truncation is ignored, as sentence-transformers does.
    /// </summary>
    /// <param name="sentenceBertMaximum">What <c>sentence_bert_config.json</c> says; null for nothing.</param>
    /// <param name="tokenizerMaximum">What <c>tokenizer_config.json</c> says; null for nothing.</param>
    /// <param name="maxPositions">The model's positions.</param>
    /// <param name="hasPositionTable">Whether there can be no more.</param>
    /// <returns>The number, and the member that it comes from.</returns>
    public static (int MaxTokens, string Source) Apply(int? sentenceBertMaximum, long? tokenizerMaximum, int maxPositions, bool hasPositionTable)
    {
        if (sentenceBertMaximum is { } own && (own < maxPositions || !hasPositionTable))
        {
            return (own, "'max_seq_length' of sentence_bert_config.json");
        }

        return sentenceBertMaximum is null && tokenizerMaximum < maxPositions
            ? ((int)tokenizerMaximum, "'model_max_length' of tokenizer_config.json")
            : (maxPositions, "'max_position_embeddings' of config.json");
    }

    /// <summary>The <c>model_max_length</c> of <c>tokenizer_config.json</c>; null where it is absent.</summary>
    public static long? ReadTokenizerMaximum(string folder)
    {
        if (JsonFile.ReadObjectIfPresent(Path.Combine(folder, "tokenizer_config.json")) is not { } config)
        {
            return null;
        }

        // The libraries write "no limit" as 1e30, which no integer type holds.
        return config.Find("model_max_length") switch
        {
            null => null,
            { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out var length) && length >= 1 => (long)Math.Min(length, 1e15),
            _ => throw config.Wrong("model_max_length", "a number from 1"),
        };
    }
}
