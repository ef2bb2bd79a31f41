namespace AkiDb.Bridge.Tokenizing;

/// <summary>Qwen's split pattern.</summary>
internal sealed class QwenSplitter : WordSplitter
{
    /// <summary>The pattern, as it stands in <c>tokenizer.json</c>.</summary>
    public const string Pattern =
        """(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+""";

    public override int WordEnd(ReadOnlySpan<byte> text, int start)
    {
        if (text[start] == '\'' && ContractionLength(text[(start + 1)..]) is > 0 and int letters)
        {
            return start + 1 + letters;
        }

        var first = Classify(text, start, out var length);
        var second = start + length;
        if (first == SplitClass.Letter)
        {
            return RunEnd(text, second, SplitClass.Letter);
        }

        if (first == SplitClass.Number)
        {
            return second;
        }

        var next = second < text.Length ? Classify(text, second, out _) : SplitClass.Space;
        if (next == SplitClass.Letter && !IsLineBreak(text[start]))
        {
            return RunEnd(text, second, SplitClass.Letter);
        }

        if (first == SplitClass.Other || (text[start] == ' ' && next == SplitClass.Other))
        {
            return LineBreaksEnd(text, RunEnd(text, second, SplitClass.Other));
        }

        return SpaceOrLinesEnd(text, start);
    }

    /// <remarks>The pattern looks ahead after white space and after a quotation mark only, and only a line break belongs to what stands before it.</remarks>
    public override bool MayCut(int previous, int next)
    {
        var before = Classify(previous);
        var after = Classify(next);
        return before == SplitClass.Number
            || (before == SplitClass.Letter && after != SplitClass.Letter)
            || (before == SplitClass.Other && after == SplitClass.Space && next is not '\r' and not '\n');
    }

    /// <summary>The end of a piece of white space: after its last line break, if it has one.</summary>
    private static int SpaceOrLinesEnd(ReadOnlySpan<byte> text, int start)
    {
        var afterLineBreak = start;
        for (var at = start; at < text.Length && Classify(text, at, out var length) == SplitClass.Space; at += length)
        {
            afterLineBreak = IsLineBreak(text[at]) ? at + length : afterLineBreak;
        }

        return afterLineBreak > start ? afterLineBreak : SpaceEnd(text, start);
    }

    /// <summary>The bytes of a contraction's letters (s, t, m, d, re, ve, ll in any case), or 0.</summary>
    private static int ContractionLength(ReadOnlySpan<byte> letters)
    {
        // Case-insensitively, the long s is an s.
        if (letters.StartsWith("ſ"u8))
        {
            return "ſ"u8.Length;
        }

        var first = letters.Length > 0 ? letters[0] | 0x20 : 0;
        var second = letters.Length > 1 ? letters[1] | 0x20 : 0;
        return (first, second) switch
        {
            ('s' or 't' or 'm' or 'd', _) => 1,
            ('r' or 'v', 'e') or ('l', 'l') => 2,
            _ => 0,
        };
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
}
