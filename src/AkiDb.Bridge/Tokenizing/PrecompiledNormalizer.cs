using System.Globalization;
using System.Text;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>SentencePiece's character map, as the reference library applies it: to grapheme clusters, not to the text.</summary>
/// <remarks>
/// A cluster of fewer than six bytes is looked up as a whole, and the shortest beginning that is known takes the place of all of it. A longer
/// one, and one of which no beginning is known, goes code point by code point, and what is not known stays.
/// </remarks>
internal sealed class PrecompiledNormalizer : TextNormalizer
{
    private const int LongestWholeCluster = 5;
    private const short NotSimple = -2;
    private const short Dropped = -1;
    private const int StackChars = 256;

    private readonly CharacterMap map;
    private readonly short[] ascii = new short[128];

    public PrecompiledNormalizer(CharacterMap map)
    {
        this.map = map;
        for (var unit = 0; unit < ascii.Length; unit++)
        {
            ascii[unit] = !map.TryMap([(byte)unit], out var replacement) ? (short)unit
                : replacement.IsEmpty ? Dropped
                : replacement is [< 0x80 and var one] ? one
                : NotSimple;
        }
    }

    public override bool TryNormalize(scoped ReadOnlySpan<byte> text, scoped ref PooledBuffer<byte> output)
    {
        for (var at = 0; at < text.Length;)
        {
            at += AppendAscii(text[at..], ref output);
            if (at < text.Length)
            {
                var end = ClustersEnd(text, at);
                AppendClusters(text[at..end], ref output);
                at = end;
            }
        }

        return true;
    }

    /// <remarks>A space ends every cluster but those that begin with a letter that takes the next one in.</remarks>
    public override bool MayCut(int previous, ref int next, out bool keepsPrevious)
    {
        keepsPrevious = false;
        Span<char> pair = stackalloc char[3];
        var length = new Rune(previous).EncodeToUtf16(pair);
        pair[length] = ' ';
        return next == ' ' && ascii[' '] == ' ' && StringInfo.GetNextTextElementLength(pair[..(length + 1)]) == length;
    }

    /// <summary>Appends the code points that are clusters of their own for certain, and returns how many bytes they are.</summary>
    private int AppendAscii(scoped ReadOnlySpan<byte> text, scoped ref PooledBuffer<byte> output)
    {
        var free = output.Free(text.Length);
        var count = 0;
        var at = 0;
        while (at < text.Length && Utf8Text.IsAscii(text[at]) && (at + 1 == text.Length || Utf8Text.IsAscii(text[at + 1])))
        {
            var mapped = ascii[text[at]];
            if (mapped == NotSimple)
            {
                break;
            }

            at += text[at..].StartsWith("\r\n"u8) ? 2 : 1;
            if (mapped != Dropped)
            {
                free[count++] = (byte)mapped;
            }
        }

        output.Advance(count);
        return at;
    }

    /// <summary>Where the next pair of ASCII characters is, between which a cluster ends for certain.</summary>
    private static int ClustersEnd(ReadOnlySpan<byte> text, int at)
    {
        var end = at + 1;
        while (end < text.Length && !(Utf8Text.IsAscii(text[end - 1]) && Utf8Text.IsAscii(text[end]) && text[end] != '\n'))
        {
            end++;
        }

        return end;
    }

    private void AppendClusters(scoped ReadOnlySpan<byte> text, scoped ref PooledBuffer<byte> output)
    {
        var chars = new PooledBuffer<char>(stackalloc char[StackChars]);
        try
        {
            chars.Advance(Encoding.UTF8.GetChars(text, chars.Free(text.Length)));
            for (ReadOnlySpan<char> rest = chars.Written; !rest.IsEmpty;)
            {
                var length = GraphemeClusters.NextLength(rest);
                var bytes = Encoding.UTF8.GetByteCount(rest[..length]);
                AppendCluster(text[..bytes], ref output);
                text = text[bytes..];
                rest = rest[length..];
            }
        }
        finally
        {
            chars.Dispose();
        }
    }

    private void AppendCluster(scoped ReadOnlySpan<byte> cluster, scoped ref PooledBuffer<byte> output)
    {
        if (cluster.Length <= LongestWholeCluster && map.TryMap(cluster, out var whole))
        {
            Append(whole, ref output);
            return;
        }

        for (var at = 0; at < cluster.Length;)
        {
            Utf8Text.Decode(cluster, at, out var length);
            var one = cluster.Slice(at, length);
            Append(map.TryMap(one, out var replacement) ? replacement : one, ref output);
            at += length;
        }
    }

    private static void Append(scoped ReadOnlySpan<byte> text, scoped ref PooledBuffer<byte> output)
    {
        text.CopyTo(output.Free(text.Length));
        output.Advance(text.Length);
    }
}
