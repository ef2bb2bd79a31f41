namespace AkiDb.Bridge.Tokenizing;

/// <summary>Takes white space away from the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : TextNormalizer
{
    private static readonly UnicodeTables Unicode = UnicodeTables.Instance;

    public override bool TryNormalize(scoped ReadOnlySpan<byte> text, scoped ref PooledBuffer<byte> output)
    {
        var stripped = text;
        while (left && !stripped.IsEmpty && IsSpace(Utf8Text.Decode(stripped, 0, out var length)))
        {
            stripped = stripped[length..];
        }

        while (right && !stripped.IsEmpty && IsSpace(Utf8Text.DecodeBefore(stripped, stripped.Length, out var length)))
        {
            stripped = stripped[..^length];
        }

        if (stripped.Length == text.Length)
        {
            return false;
        }

        stripped.CopyTo(output.Free(stripped.Length));
        output.Advance(stripped.Length);
        return true;
    }

    public override bool MayCut(int previous, ref int next, out bool keepsPrevious)
    {
        keepsPrevious = true;
        return !IsSpace(previous) && !IsSpace(next);
    }

    private static bool IsSpace(int codePoint) => Unicode[codePoint].SplitClass == SplitClass.Space;
}
