namespace AkiDb.Bridge.Tokenizing;

/// <summary>GPT-2's split pattern, which a byte-level pre-tokeniser has built in.</summary>
/// <remarks><c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c></remarks>
internal sealed class GptSplitter : WordSplitter
{
    public override int WordEnd(ReadOnlySpan<byte> text, int start)
    {
        if (text[start] == '\'' && ContractionLength(text[(start + 1)..]) is > 0 and var letters)
        {
            return start + 1 + letters;
        }

        var first = Classify(text, start, out var length);
        var second = start + length;
        if (first != SplitClass.Space)
        {
            return RunEnd(text, second, first);
        }

        var next = text[start] == ' ' && second < text.Length ? Classify(text, second, out _) : SplitClass.Space;
        return next == SplitClass.Space ? SpaceEnd(text, start) : RunEnd(text, second, next);
    }

    /// <remarks>The pattern looks ahead after white space and after a quotation mark only.</remarks>
    public override bool MayCut(int previous, int next)
    {
        var before = Classify(previous);
        var after = Classify(next);
        return before != SplitClass.Space && before != after && (before != SplitClass.Other || after == SplitClass.Space);
    }

    private static int ContractionLength(ReadOnlySpan<byte> letters) => letters switch
    {
        [(byte)'s' or (byte)'t' or (byte)'m' or (byte)'d', ..] => 1,
        [(byte)'r' or (byte)'v', (byte)'e', ..] or [(byte)'l', (byte)'l', ..] => 2,
        _ => 0,
    };
}
