using System.Runtime.CompilerServices;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Reads what a <c>tokenizer.json</c> with a byte-level BPE model says.</summary>
internal static class ByteLevelBpeSections
{
    /// <param name="file">The file.</param>
    /// <param name="addsSpace">Whether text that does not begin with a space gets one; null where the file decides.</param>
    public static (TextNormalizer? Normalizer, TokenModel Model) Build(TokenizerSections file, bool? addsSpace = null)
    {
        var (splitter, fileAddsSpace) = Splitter(file.Root.Section("pre_tokenizer"));
        return (NormalizerSections.Build(file.Root), Model(file, splitter, addsSpace ?? fileAddsSpace));
    }

    private static (WordSplitter Splitter, bool AddsSpace) Splitter(JsonSection section)
    {
        if (section.Type == "ByteLevel")
        {
            return (new GptSplitter(), ByteLevel(section, usesPattern: true));
        }

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
        return ByteLevel(bytes, usesPattern: false) ? throw bytes.Refuse("add_prefix_space") : (new QwenSplitter(), false);
    }

    /// <summary>Whether text that does not begin with a space gets one.</summary>
    private static bool ByteLevel(JsonSection section, bool usesPattern)
    {
        section.AllowOnly("add_prefix_space", "trim_offsets", "use_regex");
        if (!usesPattern || !section.IsNull("use_regex"))
        {
            section.Require("use_regex", usesPattern);
        }

        return section.Flag("add_prefix_space");
    }

    private static ByteLevelBpeModel Model(TokenizerSections file, WordSplitter splitter, bool addsSpace)
    {
        var section = file.Model;
        section.AllowOnly(
            "vocab", "merges", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback",
            "ignore_merges");
        section.RequireNone("dropout");
        section.RequireNone("continuing_subword_prefix");
        section.RequireNone("end_of_word_suffix");

        // With every byte in the vocabulary nothing is ever unknown: unk_token, fuse_unk and byte_fallback have nothing to say.
        var vocabulary = Vocabulary(file);
        var ignoreMerges = !section.IsNull("ignore_merges") && section.Flag("ignore_merges");
        return new ByteLevelBpeModel(splitter, addsSpace, vocabulary, BpeMergesSection.Read(file, vocabulary, ByteAlphabet.TryDecode), file.Vocabulary.Ids.Max() + 1, ignoreMerges);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vocabulary Vocabulary(TokenizerSections file)
    {
        var decoded = new TokenList();
        for (var i = 0; i < file.Vocabulary.Tokens.Count; i++)
        {
            RefuseVocabularyUnless(
                decoded.TryAddDecoded(file.Vocabulary.Tokens[i]) && file.Vocabulary.Ids[i] < BpeMerges.IdLimit, file, $"entry {i} is not byte-level or too large");
        }

        var vocabulary = new Vocabulary(decoded.Pool, decoded.Count);
        for (var i = 0; i < decoded.Count; i++)
        {
            RefuseVocabularyUnless(vocabulary.TryAdd(decoded.Offset(i), decoded[i].Length, file.Vocabulary.Ids[i]), file, $"entry {i} is empty or there twice");
        }

        for (var value = 0; value <= byte.MaxValue; value++)
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
}
