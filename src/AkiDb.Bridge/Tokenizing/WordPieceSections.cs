using System.Runtime.CompilerServices;
using System.Text;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Reads what a <c>tokenizer.json</c> with a WordPiece model says.</summary>
internal static class WordPieceSections
{
    public static (TextNormalizer Normalizer, TokenModel Model) Build(TokenizerSections file)
    {
        JsonSection splitter = file.Root.Section("pre_tokenizer");
        splitter.Require("type", "BertPreTokenizer");
        splitter.AllowOnly();
        return (Normalizer(file.Root.Section("normalizer")), Model(file));
    }

    private static BertNormalizer Normalizer(JsonSection section)
    {
        section.Require("type", "BertNormalizer");
        section.AllowOnly("clean_text", "handle_chinese_chars", "strip_accents", "lowercase");
        bool lowerCase = section.Flag("lowercase");
        return new BertNormalizer(
            section.Flag("clean_text"),
            section.Flag("handle_chinese_chars"),
            section.IsNull("strip_accents") ? lowerCase : section.Flag("strip_accents"),
            lowerCase);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static WordPieceModel Model(TokenizerSections file)
    {
        JsonSection section = file.Model;
        section.AllowOnly("vocab", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word");
        section.Require("continuing_subword_prefix", Encoding.UTF8.GetString(WordPieceModel.ContinuationPrefix));
        TokenList tokens = file.Tokens;
        var starts = new Vocabulary(tokens.Pool, tokens.Count);
        var continuations = new Vocabulary(tokens.Pool, tokens.Count);
        for (int i = 0; i < tokens.Count; i++)
        {
            bool continues = WordPieceModel.IsContinuation(tokens[i]);
            int prefix = continues ? WordPieceModel.ContinuationPrefix.Length : 0;
            Vocabulary vocabulary = continues ? continuations : starts;
            if (!vocabulary.TryAdd(tokens.Offset(i) + prefix, tokens[i].Length - prefix, file.Ids[i]))
            {
                throw JsonSection.NotUnderstood(file.File, "model.vocab", $"a vocabulary whose entry {i} is empty or there twice");
            }
        }

        int unknown = starts.Find(Encoding.UTF8.GetBytes(section.String("unk_token")));
        return unknown < 0
            ? throw section.Refuse("unk_token")
            : new WordPieceModel(starts, continuations, unknown, section.Integer("max_input_chars_per_word"));
    }
}
