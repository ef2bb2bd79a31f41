using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>Whether the tokeniser itself makes letters small.</summary>
internal static class TokenizerLetters
{
    /// <summary>Whether the normaliser of this <c>tokenizer.json</c> lower-cases: lower-casing the text before it then changes nothing.</summary>
    public static bool AreLowered(string tokenizerFile) =>
        JsonFile.ReadObject(tokenizerFile).Object("normalizer") is { } normalizer && Lowers(normalizer);

    private static bool Lowers(JsonMembers normalizer) => normalizer.Text("type") switch
    {
        "Lowercase" => true,
        "BertNormalizer" => normalizer.Flag("lowercase") ?? false,
        "Sequence" => (normalizer.Array("normalizers") ?? []).Any(part =>
            part.ValueKind == JsonValueKind.Object && Lowers(new JsonMembers(normalizer.File, $"{normalizer.Path}normalizers.", part))),
        _ => false,
    };
}
