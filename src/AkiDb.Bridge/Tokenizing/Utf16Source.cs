using System.Text.Unicode;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Reads two texts as if they were one, piece by piece, as UTF-8. Here, and nowhere else, an unpaired surrogate becomes U+FFFD.</summary>
/// <param name="first">What comes first.</param>
/// <param name="second">What follows it; a surrogate pair may stand half in each.</param>
internal ref struct Utf16Source(ReadOnlySpan<char> first, ReadOnlySpan<char> second)
{
    private const int MostBytesPerChar = 3;

    private ReadOnlySpan<char> current = first.IsEmpty ? second : first;
    private ReadOnlySpan<char> following = first.IsEmpty ? default : second;

    /// <summary>How many characters have been read.</summary>
    public int CharsRead { get; private set; }

    public readonly bool IsAtEnd => current.IsEmpty;

    /// <summary>The room that reading so many characters may take.</summary>
    public readonly int BytesFor(int chars) => (int)Math.Min(chars + 1L, (long)current.Length + following.Length) * MostBytesPerChar;

    /// <summary>Reads about so many characters and returns how many bytes they are; surrogate pairs stay whole.</summary>
    public int Read(int chars, scoped Span<byte> utf8)
    {
        var count = 0;
        while (chars > 0 && !IsAtEnd)
        {
            var length = Math.Min(chars, current.Length);
            if (char.IsHighSurrogate(current[length - 1]))
            {
                length += length < current.Length ? 1 : -1;
            }

            count += length > 0 ? ReadWithin(length, utf8[count..]) : ReadAcross(utf8[count..]);
            chars -= Math.Max(length, 1);
        }

        return count;
    }

    private int ReadWithin(int length, scoped Span<byte> utf8)
    {
        Utf8.FromUtf16(current[..length], utf8, out _, out var written);
        Skip(length);
        return written;
    }

    /// <summary>Reads a high surrogate that is its text's last character, with what may be its other half.</summary>
    private int ReadAcross(scoped Span<byte> utf8)
    {
        var isPair = following is [var other, ..] && char.IsLowSurrogate(other);
        Span<char> pair = [current[0], isPair ? following[0] : '\0'];
        Utf8.FromUtf16(isPair ? pair : pair[..1], utf8, out _, out var written);
        Skip(1);
        if (isPair)
        {
            Skip(1);
        }

        return written;
    }

    private void Skip(int length)
    {
        CharsRead += length;
        current = current[length..];
        if (current.IsEmpty)
        {
            current = following;
            following = default;
        }
    }
}
