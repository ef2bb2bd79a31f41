using System.Runtime.CompilerServices;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Reads what a <c>tokenizer.json</c> with a byte-level BPE model says.</summary>
internal static class ByteLevelBpeSections
{
    public static (TextNormalizer? Normalizer, TokenModel Model) Build(TokenizerSections file)
    {
        RequireQwenSplit(file.Root.Section("pre_tokenizer"));
        return (Normalizer(file.Root), Model(file));
    }

    private static NfcNormalizer? Normalizer(JsonSection root)
    {
        if (root.IsNull("normalizer"))
        {
            return null;
        }

        JsonSection section = root.Section("normalizer");
        section.Require("type", "NFC");
        section.AllowOnly();
        return new NfcNormalizer();
    }

    private static void RequireQwenSplit(JsonSection section)
    {
        section.Require("type", "Sequence");
        section.AllowOnly("pretokenizers");
        if (section.Sections("pretokenizers") is not [var split, var bytes])
        {
            throw section.Refuse("pretokenizers");
        }

        split.Require("type", "Split");
        split.AllowOnly("pattern", "behavior", "invert");
        split.Section("pattern").Require("Regex", QwenSplitter.Pattern);
        split.Require("behavior", "Isolated");
        split.Require("invert", false);
        bytes.Require("type", "ByteLevel");
        bytes.AllowOnly("add_prefix_space", "trim_offsets", "use_regex");
        bytes.Require("add_prefix_space", false);
        bytes.Require("use_regex", false);
    }

    private static ByteLevelBpeModel Model(TokenizerSections file)
    {
        JsonSection section = file.Model;
        section.AllowOnly(
            "vocab", "merges", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback",
            "ignore_merges");
        section.RequireNone("dropout");
        section.RequireNone("continuing_subword_prefix");
        section.RequireNone("end_of_word_suffix");

        // With every byte in the vocabulary nothing is ever unknown: unk_token, fuse_unk and byte_fallback have nothing to say.
        Vocabulary vocabulary = Vocabulary(file);
        bool ignoreMerges = !section.IsNull("ignore_merges") && section.Flag("ignore_merges");
        return new ByteLevelBpeModel(vocabulary, Merges(file, vocabulary), file.Ids.Max() + 1, ignoreMerges);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vocabulary Vocabulary(TokenizerSections file)
    {
        var decoded = new TokenList();
        for (int i = 0; i < file.Tokens.Count; i++)
        {
            RefuseVocabularyUnless(
                decoded.TryAddDecoded(file.Tokens[i]) && file.Ids[i] < BpeMerges.IdLimit, file, $"entry {i} is not byte-level or too large");
        }

        var vocabulary = new Vocabulary(decoded.Pool, decoded.Count);
        for (int i = 0; i < decoded.Count; i++)
        {
            RefuseVocabularyUnless(vocabulary.TryAdd(decoded.Offset(i), decoded[i].Length, file.Ids[i]), file, $"entry {i} is empty or there twice");
        }

        for (int value = 0; value <= byte.MaxValue; value++)
        {
            RefuseVocabularyUnless(vocabulary.Find([(byte)value]) >= 0, file, $"byte {value} is missing");
        }

        return vocabulary;
    }

    private static void RefuseVocabularyUnless(bool understood, TokenizerSections file, string fault)
    {
        if (!understood)
        {
            throw JsonSection.NotUnderstood(file.File, "model.vocab", $"a vocabulary in which {fault}");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static BpeMerges Merges(TokenizerSections file, Vocabulary vocabulary)
    {
        var merges = new BpeMerges(file.Merges.Count);
        var bytes = new byte[4 * vocabulary.LongestToken];
        for (int rank = 0; rank < file.Merges.Count; rank++)
        {
            file.Merges.Get(rank, out ReadOnlySpan<byte> left, out ReadOnlySpan<byte> right);
            if (rank >= BpeMerges.RankLimit || !TryAdd(merges, vocabulary, left, right, rank, bytes))
            {
                throw JsonSection.NotUnderstood(
                    file.File, "model.merges", $"a list whose entry {rank} is there twice or does not merge two tokens into a third");
            }
        }

        return merges;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool TryAdd(
        BpeMerges merges, Vocabulary vocabulary, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, int rank, Span<byte> bytes)
    {
        if (left.IsEmpty || right.IsEmpty || left.Length + right.Length > bytes.Length)
        {
            return false;
        }

        if (!ByteAlphabet.TryDecode(left, bytes, out int leftLength)
            || !ByteAlphabet.TryDecode(right, bytes[leftLength..], out int rightLength))
        {
            return false;
        }

        int leftId = vocabulary.Find(bytes[..leftLength]);
        int rightId = vocabulary.Find(bytes.Slice(leftLength, rightLength));
        int result = vocabulary.Find(bytes[..(leftLength + rightLength)]);
        return leftId >= 0 && rightId >= 0 && result >= 0 && merges.TryAdd(leftId, rightId, rank, result);
    }
}
