using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>Whether the tokeniser itself makes letters small.</summary>
internal static class TokenizerLetters
{
    /// <summary>
    /// Whether this <c>tokenizer.json</c> lower-cases, and <c>tokenizer_config.json</c> beside it, which the library follows, does not say otherwise:
    /// lower-casing the text before it then changes nothing.
    /// </summary>
    public static bool AreLowered(string tokenizerFile, ReadOnlySpan<byte> tokenizer) =>
        JsonFile.ParseObject(tokenizerFile, tokenizer).Object("normalizer") is { } normalizer && Lowers(normalizer)
        && JsonFile.ReadObjectIfPresent(Path.Combine(Path.GetDirectoryName(tokenizerFile)!, "tokenizer_config.json"))?.Flag("do_lower_case") is not false;

    private static bool Lowers(JsonMembers normalizer) => normalizer.Text("type") switch
    {
        "Lowercase" => true,
        "BertNormalizer" => normalizer.Flag("lowercase") ?? false,
        "Sequence" => (normalizer.Array("normalizers") ?? []).Any(part =>
            part.ValueKind == JsonValueKind.Object && Lowers(new JsonMembers(normalizer.File, $"{normalizer.Path}normalizers.", part))),
        _ => false,
    };
}
