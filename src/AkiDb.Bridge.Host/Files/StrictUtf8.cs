using System.Text;

namespace AkiDb.Bridge.Host.Files;

/// <summary>Bytes as the text that they are: what is not UTF-8 would give the vector of another text.</summary>
internal static class StrictUtf8
{
    private static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads them.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="text">The text; null where they are none.</param>
    /// <param name="reason">What is wrong, as the second half of a sentence about it; null where they are a text.</param>
    /// <param name="what">What the bytes are.</param>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out string? text, out string? reason, string what = "its bytes are")
    {
        try
        {
            (text, reason) = (Encoding.GetString(bytes), null);
            return true;
        }
        catch (DecoderFallbackException error)
        {
            (text, reason) = (null, $"{what} not UTF-8, from byte {Math.Max(0, error.Index) + 1} on. Convert the input, as with iconv -t UTF-8.");
            return false;
        }
    }
}
