using System.Text.Json;

namespace AkiDb.Bridge.TestData;

/// <summary>Models that leave the prompt's tokens out of the pooling, and what the library answers: <c>prompts.json</c>, which <c>prompt_cases.py</c> explains.</summary>
public static class PromptCases
{
    /// <summary>The components of a vector that are kept.</summary>
    public const int Components = 8;

    /// <summary>The most tokens of a text that the models are given.</summary>
    public const int MostTokens = 32;

    private static readonly JsonElement Every = JsonElement.Parse(File.ReadAllBytes(TestPaths.Reference("prompts.json")));

    /// <summary>Prompt and text of each vector.</summary>
    public static IReadOnlyList<(string Prompt, string Text)> Pairs { get; } =
        [.. Every.GetProperty("pairs").EnumerateArray().Select(pair => (pair[0].GetString()!, pair[1].GetString()!))];

    /// <summary>Each model with each pooling, in the order of the vectors.</summary>
    public static IReadOnlyList<(string Model, string Pooling)> All { get; } =
        [.. Every.GetProperty("cases").EnumerateArray().Select(item => (item[0].GetString()!, item[1].GetString()!))];

    /// <summary>The tokens of each pair, with the mark behind those that are not pooled.</summary>
    public static IReadOnlyList<int[]> Ids(string model) =>
        [.. Every.GetProperty("ids").GetProperty(model).EnumerateArray().Select(ids => ids.EnumerateArray().Select(id => id.GetInt32()).ToArray())];

    /// <summary>What is kept of the library's vectors.</summary>
    public static float[] Expected(string model, string pooling)
    {
        var kept = Pairs.Count * Components;
        var index = All.Index().Single(item => item.Item == (model, pooling)).Index;
        return ReferenceAnswers.Vectors("prompts")[(index * kept)..((index + 1) * kept)];
    }

    /// <summary>The same components of vectors.</summary>
    public static IEnumerable<float> Sampled(IEnumerable<float[]> vectors) =>
        vectors.SelectMany(vector => Enumerable.Range(0, Components).Select(i => vector[i * (vector.Length / Components)]));

    /// <summary>What makes a model of the test data one of these: each file's member, and its JSON value; null where it is to be removed.</summary>
    public static IEnumerable<(string File, string Member, string? Value)> Changes(string model, string pooling)
    {
        const string file = "1_Pooling/config.json";
        string[] flags = ["cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"];
        return
        [
            .. flags.Select(flag => (file, $"pooling_mode_{flag}", (string?)null)),
            (file, "pooling_mode", JsonSerializer.Serialize(pooling.Split('+'))),
            (file, "include_prompt", "false"),
            model == "tiny-qwen3" ? ("tokenizer_config.json", "model_max_length", $"{MostTokens}") : ("sentence_bert_config.json", "max_seq_length", $"{MostTokens}"),
        ];
    }
}
