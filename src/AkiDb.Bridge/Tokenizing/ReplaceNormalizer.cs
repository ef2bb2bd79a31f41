using System.Text;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Puts one string in the place of another.</summary>
/// <param name="pattern">What is replaced, as UTF-8; not empty.</param>
/// <param name="content">What takes its place.</param>
internal sealed class ReplaceNormalizer(byte[] pattern, byte[] content) : TextNormalizer
{
    private readonly int firstOfPattern = Utf8Text.Decode(pattern, 0, out _);
    private readonly bool isOneCodePoint = Encoding.UTF8.GetString(pattern).EnumerateRunes().Count() == 1;

    public override bool TryNormalize(scoped ReadOnlySpan<byte> text, scoped ref PooledBuffer<byte> output)
    {
        var changed = false;
        for (int found; (found = text.IndexOf(pattern)) >= 0; text = text[(found + pattern.Length)..])
        {
            changed = true;
            Append(text[..found], ref output);
            Append(content, ref output);
        }

        if (changed)
        {
            Append(text, ref output);
        }

        return changed;
    }

    public override bool MayCut(int previous, ref int next, out bool keepsPrevious)
    {
        keepsPrevious = previous != firstOfPattern;
        next = next == firstOfPattern && content.Length > 0 ? Utf8Text.Decode(content, 0, out _) : next;
        return isOneCodePoint && content.Length > 0;
    }

    private static void Append(scoped ReadOnlySpan<byte> text, scoped ref PooledBuffer<byte> output)
    {
        text.CopyTo(output.Free(text.Length));
        output.Advance(text.Length);
    }
}
