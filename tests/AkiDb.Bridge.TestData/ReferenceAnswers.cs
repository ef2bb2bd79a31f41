using System.Runtime.InteropServices;
using System.Text.Json;

namespace AkiDb.Bridge.TestData;

/// <summary>The reference implementations' answers in <c>tests/data/reference</c>: texts, token ids and vectors.</summary>
public static class ReferenceAnswers
{
    /// <summary>The largest difference per component that a float32 implementation may show.</summary>
    public const float VectorTolerance = 2e-6f;

    /// <summary>Every reference text, in order.</summary>
    public static IReadOnlyList<ReferenceText> Texts { get; } =
        [.. Lines("texts.jsonl").Select(line => new ReferenceText(
            Member(line, "id").ToString(), Member(line, "kind").GetString()!, Member(line, "text").GetString()!))];

    /// <summary>The untruncated token ids of every text, special tokens included.</summary>
    /// <param name="model">The name of a model or tokeniser, such as <c>tiny-qwen3</c>.</param>
    public static IReadOnlyList<int[]> TokenIds(string model) =>
        [.. Lines($"{model}.tokens.jsonl").Select(line => Member(line, "ids").EnumerateArray().Select(id => id.GetInt32()).ToArray())];

    /// <summary>The reference vectors, row-major float32, one row per text in order.</summary>
    /// <param name="name">A file's name without its ending, such as <c>tiny-bert-cls.pooling-max</c>.</param>
    public static float[] Vectors(string name) =>
        MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(TestPaths.Data, "reference", $"{name}.f32"))).ToArray();

    private static IEnumerable<JsonElement> Lines(string file) =>
        File.ReadLines(Path.Combine(TestPaths.Data, "reference", file)).Select(line => JsonElement.Parse(line));

    private static JsonElement Member(JsonElement line, string name) => line.GetProperty(name);
}
