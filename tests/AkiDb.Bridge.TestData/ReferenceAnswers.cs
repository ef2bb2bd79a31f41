using System.Runtime.InteropServices;
using System.Text.Json;

namespace AkiDb.Bridge.TestData;

/// <summary>The reference implementations' answers in <c>tests/data/reference</c>: texts, token ids and vectors.</summary>
public static class ReferenceAnswers
{
    /// <summary>The largest difference per component that a float32 implementation may show.</summary>
    public const float VectorTolerance = 2e-6f;

    // Components of up to 5 instead of parts of a vector of length 1, or cosines of angles of thousands.
    private static readonly Dictionary<string, float> LargerTolerances = new()
    {
        ["tiny-distilbert"] = 5e-6f,
        ["tiny-bert-unigram"] = 8e-6f,
        ["tiny-jina-bert"] = 1e-5f,
        ["tiny-gte-new"] = 2.5e-5f,
        ["tiny-modernbert"] = 3e-5f,
    };

    /// <summary>Every reference text, in order.</summary>
    public static IReadOnlyList<ReferenceText> Texts { get; } =
        [.. Lines("texts.jsonl").Select(line => new ReferenceText(
            Member(line, "id").ToString(), Member(line, "kind").GetString()!, Member(line, "text").GetString()!))];

    /// <summary>The untruncated token ids of every text, special tokens included.</summary>
    /// <param name="model">The name of a model or tokeniser, such as <c>tiny-qwen3</c>.</param>
    public static IReadOnlyList<int[]> TokenIds(string model) =>
        [.. Lines($"{model}.tokens.jsonl").Select(line => Member(line, "ids").EnumerateArray().Select(id => id.GetInt32()).ToArray())];

    /// <summary>The token ids from which the vectors were computed: the reference library's classes do not always follow the tokeniser's file.</summary>
    /// <param name="model">The name of a model.</param>
    public static IReadOnlyList<int[]> ComputedTokenIds(string model)
    {
        var name = $"{model}.auto-tokens";
        var others = File.Exists(TestPaths.Reference($"{name}.jsonl")) ? TokenIdsByText(name) : new Dictionary<string, int[]>();
        return [.. Texts.Zip(TokenIds(model), (text, ids) => others.GetValueOrDefault(text.Id, ids))];
    }

    /// <summary>The largest difference per component that a float32 implementation of a model may show.</summary>
    /// <param name="model">The name of a model.</param>
    public static float ToleranceOf(string model) => LargerTolerances.GetValueOrDefault(model, VectorTolerance);

    /// <summary>The token ids of those texts that a file holds, by the texts' ids.</summary>
    /// <param name="name">A file's name without its ending.</param>
    public static IReadOnlyDictionary<string, int[]> TokenIdsByText(string name) => Lines($"{name}.jsonl").ToDictionary(
        line => Member(line, "id").ToString(), line => Member(line, "ids").EnumerateArray().Select(id => id.GetInt32()).ToArray());

    /// <summary>Texts with added tokens, and with characters that tokenisers treat in ways of their own.</summary>
    public static IReadOnlyList<string> SpecialTexts { get; } = [.. Lines("special.jsonl").Select(line => Member(line, "text").GetString()!)];

    /// <summary>The token ids of <see cref="SpecialTexts"/>.</summary>
    /// <param name="model">The name of a model.</param>
    public static IReadOnlyList<int[]> SpecialTokenIds(string model) =>
        [.. Member(Lines("special.tokens.json").Single(), model).EnumerateArray().Select(ids => ids.EnumerateArray().Select(id => id.GetInt32()).ToArray())];

    /// <summary>The reference vectors, row-major float32, one row per text in order.</summary>
    /// <param name="name">A file's name without its ending, such as <c>tiny-bert-cls.pooling-max</c>.</param>
    public static float[] Vectors(string name) =>
        MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(TestPaths.Reference($"{name}.f32"))).ToArray();

    private static IEnumerable<JsonElement> Lines(string file) =>
        File.ReadLines(TestPaths.Reference(file)).Select(line => JsonElement.Parse(line));

    private static JsonElement Member(JsonElement line, string name) => line.GetProperty(name);
}
