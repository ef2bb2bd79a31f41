namespace AkiDb.Bridge.Tokenizing;

/// <summary>Cuts text into the words that byte-level BPE merges one by one: a split pattern by hand, one pass, no regular expression.</summary>
internal abstract class WordSplitter
{
    private static readonly UnicodeTables Unicode = UnicodeTables.Instance;
    private static readonly SplitClass[] Ascii = ClassifyAscii();

    /// <summary>Where the word that starts at a position ends.</summary>
    public abstract int WordEnd(ReadOnlySpan<byte> text, int start);

    /// <inheritdoc cref="TokenModel.MayCut"/>
    public abstract bool MayCut(int previous, int next);

    protected static SplitClass Classify(int codePoint) => Unicode[codePoint].SplitClass;

    protected static SplitClass Classify(ReadOnlySpan<byte> text, int at, out int length)
    {
        length = 1;
        return Utf8Text.IsAscii(text[at]) ? Ascii[text[at]] : Unicode[Utf8Text.Decode(text, at, out length)].SplitClass;
    }

    protected static int RunEnd(ReadOnlySpan<byte> text, int at, SplitClass kind)
    {
        while (at < text.Length && Classify(text, at, out var length) == kind)
        {
            at += length;
        }

        return at;
    }

    /// <summary>The end of a run of white space, or before its last character where a word follows: that one belongs to the word.</summary>
    protected static int SpaceEnd(ReadOnlySpan<byte> text, int start)
    {
        var end = start;
        var lastStart = start;
        while (end < text.Length && Classify(text, end, out var length) == SplitClass.Space)
        {
            lastStart = end;
            end += length;
        }

        return end < text.Length && lastStart > start ? lastStart : end;
    }

    private static SplitClass[] ClassifyAscii()
    {
        var classes = new SplitClass[128];
        for (var codePoint = 0; codePoint < classes.Length; codePoint++)
        {
            classes[codePoint] = Unicode[codePoint].SplitClass;
        }

        return classes;
    }
}
