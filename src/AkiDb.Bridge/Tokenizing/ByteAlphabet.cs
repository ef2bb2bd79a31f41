using System.Runtime.CompilerServices;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>
/// How byte-level vocabularies write bytes: a printable Latin-1 character stands for its own byte, and the others, in order, are written as
/// the characters from U+0100 on.
/// </summary>
internal static class ByteAlphabet
{
    private const int FirstStandIn = 0x100;
    private const int StandIns = 68;
    private const short NoByte = -1;

    private static readonly short[] Bytes = Invert();

    /// <summary>Writes the bytes that a token stands for; false when a character of it stands for none.</summary>
    /// <param name="token">The token as the file writes it.</param>
    /// <param name="bytes">Where the bytes go: as many as the token has, at most.</param>
    /// <param name="count">How many were written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool TryDecode(ReadOnlySpan<byte> token, Span<byte> bytes, out int count)
    {
        count = 0;
        for (var at = 0; at < token.Length;)
        {
            var codePoint = Utf8Text.Decode(token, at, out var length);
            at += length;
            if (codePoint >= Bytes.Length || Bytes[codePoint] < 0)
            {
                return false;
            }

            bytes[count++] = (byte)Bytes[codePoint];
        }

        return true;
    }

    private static bool StandsForItself(int value) => value is (> 0x20 and < 0x7F) or (> 0xA0 and < 0xAD) or (> 0xAD and < 0x100);

    private static short[] Invert()
    {
        var bytes = new short[FirstStandIn + StandIns];
        var standIn = FirstStandIn;
        for (short value = 0; value < FirstStandIn; value++)
        {
            var itself = StandsForItself(value);
            bytes[value] = itself ? value : NoByte;
            if (!itself)
            {
                bytes[standIn++] = value;
            }
        }

        return bytes;
    }
}
