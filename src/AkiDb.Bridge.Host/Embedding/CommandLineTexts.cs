using System.Text;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>Texts that were given as arguments.</summary>
internal static class CommandLineTexts
{
    private const char Replacement = '\ufffd';

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Refuses a text that is not what was typed: the runtime has replaced what is not UTF-8, and the vector would be another text's.</summary>
    /// <exception cref="BadTextException">There is such a text.</exception>
    public static void Check(IReadOnlyList<string> texts)
    {
        for (var i = 0; i < texts.Count; i++)
        {
            if (!IsText(texts[i]) || (texts[i].Contains(Replacement) && WasReplaced(texts[i])))
            {
                throw new BadTextException(i + 1, "it is not valid Unicode text.");
            }
        }
    }

    // Not so where half of a surrogate pair stands alone.
    private static bool IsText(string text)
    {
        try
        {
            return Strict.GetByteCount(text) >= 0;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    // Linux keeps the bytes that the program was started with.
    private static bool WasReplaced(string text)
    {
        try
        {
            var arguments = File.ReadAllBytes("/proc/self/cmdline").AsSpan();
            foreach (var range in arguments.Split((byte)0))
            {
                if (Encoding.UTF8.GetString(arguments[range]) == text && !System.Text.Unicode.Utf8.IsValid(arguments[range]))
                {
                    return true;
                }
            }

            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
