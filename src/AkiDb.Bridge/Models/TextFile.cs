using System.Text;

namespace AkiDb.Bridge.Models;

/// <summary>Reads the text files of a model folder as Python reads them.</summary>
internal static class TextFile
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly string[] LineEnds = ["\r\n", "\n", "\r"];

    /// <summary>The lines of a file. What follows the last line's end counts only if it is not empty.</summary>
    /// <exception cref="BridgeException">It cannot be read, or is no UTF-8.</exception>
    public static string[] Lines(string file)
    {
        string text;
        try
        {
            text = Strict.GetString(RegularFile.ReadAll(file, JsonFile.MaxBytes));
        }
        catch (DecoderFallbackException error)
        {
            throw BadModel.In(file, "is not UTF-8. Download the model again.", error);
        }

        var lines = text.Split(LineEnds, StringSplitOptions.None);
        return lines[^1].Length == 0 ? lines[..^1] : lines;
    }
}
