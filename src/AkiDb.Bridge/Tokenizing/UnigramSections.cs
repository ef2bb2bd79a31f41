using System.Text;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Reads what a <c>tokenizer.json</c> with a Unigram model says.</summary>
internal static class UnigramSections
{
    /// <param name="file">The file.</param>
    /// <param name="asXlmRoberta">
    /// Whether the library's class for XLM-RoBERTa loads it: that keeps the character map alone as normaliser, and white space and marks as
    /// pre-tokeniser, whatever the file says.
    /// </param>
    public static (TextNormalizer? Normalizer, TokenModel Model) Build(TokenizerSections file, bool asXlmRoberta)
    {
        if (!asXlmRoberta)
        {
            var (splitsAtWhiteSpace, addsMark) = PreTokenizer(file.Root.Section("pre_tokenizer"));
            return (NormalizerSections.Build(file.Root), Model(file, splitsAtWhiteSpace, addsMark));
        }

        var map = NormalizerSections.FindCharacterMap(file.Root) ?? throw file.Root.Refuse("normalizer");
        return (map, Model(file, splitsAtWhiteSpace: true, addsMark: true));
    }

    private static (bool SplitsAtWhiteSpace, bool AddsMark) PreTokenizer(JsonSection section)
    {
        if (section.Type != "Sequence")
        {
            return (false, AddsMark(section));
        }

        section.AllowOnly("pretokenizers");
        if (section.Sections("pretokenizers") is not [var spaces, var marks])
        {
            throw section.Refuse("pretokenizers");
        }

        spaces.Require("type", "WhitespaceSplit");
        spaces.AllowOnly();
        return (true, AddsMark(marks));
    }

    private static bool AddsMark(JsonSection section)
    {
        section.Require("type", "Metaspace");
        section.AllowOnly("replacement", "prepend_scheme", "split", "add_prefix_space", "str_rep");
        section.Require("replacement", Encoding.UTF8.GetString(UnigramModel.Mark));
        if (!section.IsNull("split"))
        {
            section.Require("split", true);
        }

        if (section.IsNull("prepend_scheme"))
        {
            // How older versions of the library wrote it.
            return section.Flag("add_prefix_space");
        }

        return section.String("prepend_scheme") switch
        {
            "always" => true,
            "never" => false,
            _ => throw section.Refuse("prepend_scheme"),
        };
    }

    private static UnigramModel Model(TokenizerSections file, bool splitsAtWhiteSpace, bool addsMark)
    {
        var section = file.Model;
        section.AllowOnly("vocab", "unk_id", "byte_fallback");
        var vocabulary = file.Vocabulary;
        if (vocabulary.Scores.Count == 0 || vocabulary.Scores.Count != vocabulary.Ids.Count)
        {
            throw JsonSection.NotUnderstood(file.File, "model.vocab", "no list of tokens with their scores");
        }

        if (!PieceTrie.TryBuild(vocabulary.Tokens, out var trie))
        {
            throw JsonSection.NotUnderstood(file.File, "model.vocab", "a vocabulary with an entry that is empty or there twice");
        }

        var bytes = !section.IsNull("byte_fallback") && section.Flag("byte_fallback") ? BytePieces(section, trie) : null;
        return section.Integer("unk_id") is var unknown && unknown < vocabulary.Scores.Count
            ? new UnigramModel(trie, [.. vocabulary.Scores], unknown, splitsAtWhiteSpace, addsMark, bytes)
            : throw section.Refuse("unk_id");
    }

    private static int[] BytePieces(JsonSection section, PieceTrie trie)
    {
        int[] pieces = [.. Enumerable.Range(0, byte.MaxValue + 1).Select(value => trie.Find(Encoding.UTF8.GetBytes($"<0x{value:X2}>")))];
        return Array.TrueForAll(pieces, piece => piece >= 0) ? pieces : throw section.Refuse("byte_fallback");
    }
}
