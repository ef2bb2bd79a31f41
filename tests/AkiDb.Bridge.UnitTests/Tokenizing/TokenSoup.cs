using System.Text.Json.Nodes;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

/// <summary>Random texts of what a cut could go wrong in, and tokenisers with added tokens that look around themselves.</summary>
internal static class TokenSoup
{
    private static readonly string[] Units =
    [
        " ", " ", "  ", "\t", "\n", "\r\n", "\u00A0", "\u3000", "\u0085", "\u200B", "\0", "\u00AD", "word", "a", "É", "İ", "ß", "e\u0301", "\u0301", "\u0323\u0302",
        "\u302E", "\U0001D165", "字", "東京都", "か\u3099", "각", "\u1100", "\u1161", "\u11A8", "\u0958", "ไทย", "נָ", "1", "23", "²", "٣", "!", "_", "-", "...", "'", "'s", "'Re",
        "≠", "=\u0338", "。", "，", "\uFB01", "😀", "👩\u200D👧", "\uD83D", "\uDE00", "\uD800\uDC00", "\u0600", "\uFFFD", "▁", "▁▁", "<s>", "</s>", "<mask>", "[SEP]", "[MASK]",
        "[", "]", "<", ">", "<|endoftext|>", "<|im_start|>", "<l>", "<r>", "w o r d", "zolezz", "x  y", "Café", "CAFE\u0301", "<h1>", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ];

    /// <summary>A text of so many units, some of them repeated.</summary>
    public static string Next(Random random, int units)
    {
        var parts = new string[units];
        for (var i = 0; i < units; i++)
        {
            var unit = Units[random.Next(Units.Length)];
            parts[i] = random.Next(20) > 0 ? unit : string.Concat(Enumerable.Repeat(unit, random.Next(2, 12)));
        }

        return string.Concat(parts);
    }

    /// <summary>A model's tokeniser with further added tokens, which swallow space, stand alone, hold spaces, or are found in normalised text.</summary>
    public static Tokenizer WithAddedTokens(string model, params string[] flags) => Tokenizers.LoadChanged(model, file =>
    {
        var tokens = file["added_tokens"]!.AsArray();
        var vocabulary = file["model"]!["vocab"]!;
        var id = Math.Max(
            tokens.Max(token => token!["id"]!.GetValue<int>()),
            vocabulary is JsonArray scored ? scored.Count - 1 : vocabulary.AsObject().Max(token => token.Value!.GetValue<int>()));
        foreach (var content in (string[])["<l>", "<r>", "w o r d", "zolezz", "Café", "x  y", "。，"])
        {
            tokens.Add(new JsonObject
            {
                ["id"] = ++id,
                ["content"] = content,
                ["lstrip"] = flags.Contains("lstrip"),
                ["rstrip"] = flags.Contains("rstrip"),
                ["single_word"] = flags.Contains("single_word"),
                ["normalized"] = flags.Contains("normalized"),
                ["special"] = false,
            });
        }
    });
}
