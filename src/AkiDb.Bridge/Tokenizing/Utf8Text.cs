namespace AkiDb.Bridge.Tokenizing;

/// <summary>Reads and writes UTF-8 that is known to be valid: every text is transcoded once, at the door.</summary>
internal static class Utf8Text
{
    public static bool IsAscii(byte unit) => unit < 0x80;

    /// <summary>Whether a byte is not the first of its code point.</summary>
    public static bool IsContinuation(byte unit) => (unit & 0xC0) == 0x80;

    /// <summary>The code point at a position, and how many bytes it takes.</summary>
    public static int Decode(ReadOnlySpan<byte> text, int at, out int length)
    {
        var lead = text[at];
        if (lead < 0x80)
        {
            length = 1;
            return lead;
        }

        if (lead < 0xE0)
        {
            length = 2;
            return (lead & 0x1F) << 6 | text[at + 1] & 0x3F;
        }

        if (lead < 0xF0)
        {
            length = 3;
            return (lead & 0x0F) << 12 | (text[at + 1] & 0x3F) << 6 | text[at + 2] & 0x3F;
        }

        length = 4;
        return (lead & 0x07) << 18 | (text[at + 1] & 0x3F) << 12 | (text[at + 2] & 0x3F) << 6 | text[at + 3] & 0x3F;
    }

    /// <summary>The code point that ends before a position, and how many bytes it takes.</summary>
    public static int DecodeBefore(ReadOnlySpan<byte> text, int end, out int length)
    {
        var start = end - 1;
        while (IsContinuation(text[start]))
        {
            start--;
        }

        return Decode(text, start, out length);
    }

    /// <summary>Appends a code point.</summary>
    public static void Append(ref PooledBuffer<byte> output, int codePoint)
    {
        var free = output.Free(4);
        if (codePoint < 0x80)
        {
            free[0] = (byte)codePoint;
            output.Advance(1);
        }
        else if (codePoint < 0x800)
        {
            free[1] = Continuation(codePoint);
            free[0] = (byte)(0xC0 | codePoint >> 6);
            output.Advance(2);
        }
        else if (codePoint < 0x10000)
        {
            free[2] = Continuation(codePoint);
            free[1] = Continuation(codePoint >> 6);
            free[0] = (byte)(0xE0 | codePoint >> 12);
            output.Advance(3);
        }
        else
        {
            free[3] = Continuation(codePoint);
            free[2] = Continuation(codePoint >> 6);
            free[1] = Continuation(codePoint >> 12);
            free[0] = (byte)(0xF0 | codePoint >> 18);
            output.Advance(4);
        }
    }

    private static byte Continuation(int bits) => (byte)(0x80 | bits & 0x3F);
}
