namespace AkiDb.Bridge.Models;

/// <summary>Makes of <c>sentencepiece.bpe.model</c> what the library makes of it for XLM-RoBERTa: pieces, scores and character map, with four tokens before them and one behind.</summary>
internal static class SentencePieceVocabulary
{
    private const string Mask = "<mask>";

    // What stands first in the file stands elsewhere, and with other ids, in the library's vocabulary.
    private const int ReplacedPieces = 3;

    private static readonly string[] First = ["<s>", "<pad>", "</s>", "<unk>"];

    private static readonly Dictionary<string, string> Specials = new(StringComparer.Ordinal)
    {
        ["bos_token"] = "<s>",
        ["eos_token"] = "</s>",
        ["unk_token"] = "<unk>",
        ["sep_token"] = "</s>",
        ["pad_token"] = "<pad>",
        ["cls_token"] = "<s>",
        ["mask_token"] = Mask,
    };

    public static TokenizerSource Read(string folder)
    {
        var file = Path.Combine(folder, "sentencepiece.bpe.model");
        var model = SentencePieceModel.Read(file);
        if (!model.IsUnigram || model.CharacterMap.Length == 0 || model.Pieces.Count <= ReplacedPieces)
        {
            throw BadModel.Foreign(file, "is no Unigram model with a character map; accepted is one as XLM-RoBERTa has it, where there is no tokenizer.json.");
        }

        if (model.Pieces.Skip(ReplacedPieces).FirstOrDefault(piece => !piece.IsNormal) is { } other)
        {
            throw BadModel.Foreign(file, $"has the piece '{other.Text}', which is neither a plain one nor one of the first three: that is not understood.");
        }

        (string Text, double Score)[] pieces =
        [
            .. First.Select(token => (token, 0.0)), .. model.Pieces.Skip(ReplacedPieces).Select(piece => (piece.Text, (double)piece.Score)), (Mask, 0.0),
        ];
        SpecialTokens.Check(folder, Specials);
        return new TokenizerSource(file, TokenizerJson.Write(writer =>
        {
            SpecialTokens.Write(writer, First.Append(Mask).Select(token => (token, IdOf(token)!.Value, token == Mask)));
            writer.WriteStartObject("normalizer");
            writer.WriteString("type", "Precompiled");
            writer.WriteBase64String("precompiled_charsmap", model.CharacterMap.Span);
            writer.WriteEndObject();
            writer.WriteStartObject("pre_tokenizer");
            writer.WriteString("type", "Metaspace");
            writer.WriteString("replacement", "▁");
            writer.WriteString("prepend_scheme", "always");
            writer.WriteEndObject();
            TokenizerJson.WriteTemplate(writer, ("<s>", 0), ("</s>", 2));
            writer.WriteStartObject("model");
            writer.WriteString("type", "Unigram");
            writer.WriteNumber("unk_id", Array.IndexOf(First, "<unk>"));
            writer.WriteStartArray("vocab");
            foreach (var (text, score) in pieces)
            {
                writer.WriteStartArray();
                writer.WriteStringValue(text);
                writer.WriteNumberValue(score);
                writer.WriteEndArray();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }));

        int? IdOf(string token) => token == Mask ? pieces.Length - 1 : Array.IndexOf(First, token) is >= 0 and var id ? id : null;
    }
}
