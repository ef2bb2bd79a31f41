using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Reads what a <c>tokenizer.json</c> with a BPE model over characters says.</summary>
internal static class CharacterBpeSections
{
    private const string Space = " ";

    public static (TextNormalizer? Normalizer, TokenModel Model) Build(TokenizerSections file)
    {
        var normalizer = NormalizerSections.Build(file.Root);
        if (!file.Root.IsNull("pre_tokenizer"))
        {
            RequireSplitThatFindsNothing(file.Root.Section("pre_tokenizer"), normalizer);
        }

        return (normalizer, Model(file));
    }

    /// <summary>Gemma splits at spaces where the normaliser has left none.</summary>
    private static void RequireSplitThatFindsNothing(JsonSection section, TextNormalizer? normalizer)
    {
        section.Require("type", "Split");
        section.AllowOnly("pattern", "behavior", "invert");
        section.Section("pattern").Require("String", Space);
        section.Require("behavior", "MergedWithPrevious");
        section.Require("invert", false);
        var normal = new PooledBuffer<byte>([]);
        var found = normalizer is null || !normalizer.TryNormalize("a b"u8, ref normal) || normal.Written.Contains((byte)' ');
        normal.Dispose();
        if (found)
        {
            throw section.Refuse("pattern");
        }
    }

    private static CharacterBpeModel Model(TokenizerSections file)
    {
        var section = file.Model;
        section.AllowOnly(
            "vocab", "merges", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback",
            "ignore_merges");
        section.RequireNone("dropout");
        section.RequireNone("continuing_subword_prefix");
        section.RequireNone("end_of_word_suffix");
        section.Require("byte_fallback", true);
        var vocabulary = Vocabulary(file);
        return new CharacterBpeModel(
            vocabulary,
            BpeMergesSection.Read(file, vocabulary, CopyToken),
            Bytes(file, vocabulary),
            BeforeMark(file.Vocabulary.Tokens),
            !section.IsNull("ignore_merges") && section.Flag("ignore_merges"));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vocabulary Vocabulary(TokenizerSections file)
    {
        var tokens = file.Vocabulary.Tokens;
        var vocabulary = new Vocabulary(tokens.Pool, tokens.Count);
        for (var i = 0; i < tokens.Count; i++)
        {
            if (file.Vocabulary.Ids[i] >= BpeMerges.IdLimit || !vocabulary.TryAdd(tokens.Offset(i), tokens[i].Length, file.Vocabulary.Ids[i]))
            {
                throw JsonSection.NotUnderstood(file.File, "model.vocab", $"a vocabulary whose entry {i} is empty, there twice or too large");
            }
        }

        return vocabulary;
    }

    /// <summary>With a token for every byte nothing is ever unknown.</summary>
    private static int[] Bytes(TokenizerSections file, Vocabulary vocabulary)
    {
        var bytes = new int[byte.MaxValue + 1];
        for (var value = 0; value < bytes.Length; value++)
        {
            var token = string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");
            bytes[value] = vocabulary.Find(Encoding.UTF8.GetBytes(token));
            if (bytes[value] < 0)
            {
                throw JsonSection.NotUnderstood(file.File, "model.vocab", $"a vocabulary without {token}");
            }
        }

        return bytes;
    }

    private static HashSet<int> BeforeMark(TokenList tokens)
    {
        var found = new HashSet<int>();
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            for (int from = 1, at; from < token.Length && (at = token[from..].IndexOf(UnigramModel.Mark)) >= 0; from += at + 1)
            {
                found.Add(Utf8Text.DecodeBefore(token, from + at, out _));
            }
        }

        return found;
    }

    private static bool CopyToken(ReadOnlySpan<byte> written, Span<byte> token, out int length)
    {
        length = written.Length;
        return written.TryCopyTo(token);
    }
}
