namespace AkiDb.Bridge.Tokenizing;

/// <summary>Qwen's split pattern, by hand: one pass, no regular expression, and the reference library's idea of a letter.</summary>
internal static class QwenSplitter
{
    /// <summary>The pattern, as it stands in <c>tokenizer.json</c>.</summary>
    public const string Pattern =
        """(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+""";

    private static readonly UnicodeTables Unicode = UnicodeTables.Instance;
    private static readonly SplitClass[] Ascii = ClassifyAscii();

    /// <summary>Where the word that starts at a position ends.</summary>
    public static int WordEnd(ReadOnlySpan<byte> text, int start)
    {
        if (text[start] == '\'' && ContractionLength(text[(start + 1)..]) is > 0 and int letters)
        {
            return start + 1 + letters;
        }

        SplitClass first = Classify(text, start, out int length);
        int second = start + length;
        if (first == SplitClass.Letter)
        {
            return RunEnd(text, second, SplitClass.Letter);
        }

        if (first == SplitClass.Number)
        {
            return second;
        }

        SplitClass next = second < text.Length ? Classify(text, second, out _) : SplitClass.Space;
        if (next == SplitClass.Letter && !IsLineBreak(text[start]))
        {
            return RunEnd(text, second, SplitClass.Letter);
        }

        if (first == SplitClass.Other || (text[start] == ' ' && next == SplitClass.Other))
        {
            return LineBreaksEnd(text, RunEnd(text, second, SplitClass.Other));
        }

        return SpaceEnd(text, start);
    }

    /// <summary>The end of a piece of white space: after its last line break, else before the space that belongs to the next word.</summary>
    private static int SpaceEnd(ReadOnlySpan<byte> text, int start)
    {
        int end = start;
        int lastStart = start;
        int afterLineBreak = start;
        while (end < text.Length && Classify(text, end, out int length) == SplitClass.Space)
        {
            lastStart = end;
            end += length;
            afterLineBreak = IsLineBreak(text[lastStart]) ? end : afterLineBreak;
        }

        if (afterLineBreak > start)
        {
            return afterLineBreak;
        }

        return end < text.Length && lastStart > start ? lastStart : end;
    }

    /// <summary>The bytes of a contraction's letters (s, t, m, d, re, ve, ll in any case), or 0.</summary>
    private static int ContractionLength(ReadOnlySpan<byte> letters)
    {
        // Case-insensitively, the long s is an s.
        if (letters.StartsWith("ſ"u8))
        {
            return "ſ"u8.Length;
        }

        int first = letters.Length > 0 ? letters[0] | 0x20 : 0;
        int second = letters.Length > 1 ? letters[1] | 0x20 : 0;
        return (first, second) switch
        {
            ('s' or 't' or 'm' or 'd', _) => 1,
            ('r' or 'v', 'e') or ('l', 'l') => 2,
            _ => 0,
        };
    }

    private static int RunEnd(ReadOnlySpan<byte> text, int at, SplitClass kind)
    {
        while (at < text.Length && Classify(text, at, out int length) == kind)
        {
            at += length;
        }

        return at;
    }

    private static int LineBreaksEnd(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && IsLineBreak(text[at]))
        {
            at++;
        }

        return at;
    }

    private static bool IsLineBreak(byte unit) => unit is (byte)'\r' or (byte)'\n';

    private static SplitClass[] ClassifyAscii()
    {
        var classes = new SplitClass[128];
        for (int codePoint = 0; codePoint < classes.Length; codePoint++)
        {
            classes[codePoint] = Unicode[codePoint].SplitClass;
        }

        return classes;
    }

    private static SplitClass Classify(ReadOnlySpan<byte> text, int at, out int length)
    {
        length = 1;
        return Utf8Text.IsAscii(text[at]) ? Ascii[text[at]] : Unicode[Utf8Text.Decode(text, at, out length)].SplitClass;
    }
}
