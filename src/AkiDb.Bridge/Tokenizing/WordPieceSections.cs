using System.Runtime.CompilerServices;
using System.Text;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Reads what a <c>tokenizer.json</c> with a WordPiece model says.</summary>
internal static class WordPieceSections
{
    public static (TextNormalizer? Normalizer, TokenModel Model) Build(TokenizerSections file)
    {
        var splitter = file.Root.Section("pre_tokenizer");
        splitter.Require("type", "BertPreTokenizer");
        splitter.AllowOnly();
        return (NormalizerSections.Build(file.Root), Model(file));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static WordPieceModel Model(TokenizerSections file)
    {
        var section = file.Model;
        section.AllowOnly("vocab", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word");
        section.Require("continuing_subword_prefix", Encoding.UTF8.GetString(WordPieceModel.ContinuationPrefix));
        var tokens = file.Vocabulary.Tokens;
        var starts = new Vocabulary(tokens.Pool, tokens.Count);
        var continuations = new Vocabulary(tokens.Pool, tokens.Count);
        for (var i = 0; i < tokens.Count; i++)
        {
            var continues = WordPieceModel.IsContinuation(tokens[i]);
            var prefix = continues ? WordPieceModel.ContinuationPrefix.Length : 0;
            var vocabulary = continues ? continuations : starts;
            if (!vocabulary.TryAdd(tokens.Offset(i) + prefix, tokens[i].Length - prefix, file.Vocabulary.Ids[i]))
            {
                throw JsonSection.NotUnderstood(file.File, "model.vocab", $"a vocabulary whose entry {i} is empty or there twice");
            }
        }

        var unknown = starts.Find(Encoding.UTF8.GetBytes(section.String("unk_token")));
        return unknown < 0
            ? throw section.Refuse("unk_token")
            : new WordPieceModel(starts, continuations, unknown, section.Integer("max_input_chars_per_word"));
    }
}
