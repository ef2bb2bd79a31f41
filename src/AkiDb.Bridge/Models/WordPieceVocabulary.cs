namespace AkiDb.Bridge.Models;

/// <summary>Makes of <c>vocab.txt</c> what the library makes of it for BERT: one token a line, its number being its id.</summary>
internal static class WordPieceVocabulary
{
    private const int LongestWord = 100;

    private static readonly Dictionary<string, string> Specials = new(StringComparer.Ordinal)
    {
        ["unk_token"] = "[UNK]",
        ["sep_token"] = "[SEP]",
        ["pad_token"] = "[PAD]",
        ["cls_token"] = "[CLS]",
        ["mask_token"] = "[MASK]",
    };

    public static TokenizerSource Read(string folder)
    {
        var file = Path.Combine(folder, "vocab.txt");
        var ids = Ids(file);
        SpecialTokens.Check(folder, Specials);
        if (Specials.Values.FirstOrDefault(token => !ids.ContainsKey(token)) is { } missing)
        {
            throw BadModel.Foreign(file, $"has no line '{missing}'; accepted is a vocabulary with {string.Join(", ", Specials.Values)}, where there is no tokenizer.json.");
        }

        // Also where it is BERT's own, which a class of the library never has.
        JsonFile.ReadObjectIfPresent(Path.Combine(folder, SpecialTokens.Config))?.Expect("do_basic_tokenize", true);
        return new TokenizerSource(file, TokenizerJson.Write(writer =>
        {
            SpecialTokens.Write(writer, Specials.Values.Select(token => (token, ids[token], false)));
            writer.WriteStartObject("normalizer");
            writer.WriteString("type", "BertNormalizer");
            writer.WriteBoolean("clean_text", true);
            writer.WriteBoolean("handle_chinese_chars", true);
            writer.WriteNull("strip_accents");
            writer.WriteBoolean("lowercase", true);
            writer.WriteEndObject();
            writer.WriteStartObject("pre_tokenizer");
            writer.WriteString("type", "BertPreTokenizer");
            writer.WriteEndObject();
            TokenizerJson.WriteTemplate(writer, ("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"]));
            writer.WriteStartObject("model");
            writer.WriteString("type", "WordPiece");
            writer.WriteString("unk_token", "[UNK]");
            writer.WriteString("continuing_subword_prefix", "##");
            writer.WriteNumber("max_input_chars_per_word", LongestWord);
            writer.WriteStartObject("vocab");
            foreach (var (token, id) in ids.Where(pair => pair.Key.Length > 0))
            {
                writer.WriteNumber(token, id);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }));
    }

    /// <summary>Of a token that stands there twice, the last line counts.</summary>
    private static Dictionary<string, int> Ids(string file)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in TextFile.Lines(file))
        {
            ids[line] = number++;
        }

        return ids;
    }
}
