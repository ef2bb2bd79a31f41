using System.Globalization;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>The tokens of single bytes, as SentencePiece writes them: <c>&lt;0x0A&gt;</c>.</summary>
internal static class ByteToken
{
    private const int Length = 6;

    public static bool TryParse(ReadOnlySpan<byte> token, out byte value)
    {
        value = 0;
        return token.Length == Length && token.StartsWith("<0x"u8) && token[^1] == '>'
            && byte.TryParse(token[3..^1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
