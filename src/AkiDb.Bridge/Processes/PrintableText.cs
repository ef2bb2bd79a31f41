using System.Globalization;
using System.Text;

namespace AkiDb.Bridge.Processes;

/// <summary>What a worker says, made fit for a log: no character in it moves a cursor, colours a terminal or begins another line.</summary>
internal static class PrintableText
{
    /// <summary>The text with every control character written as an escape, such as <c>\x1b</c>.</summary>
    public static string Of(string text)
    {
        var first = text.AsSpan().IndexOfAnyExceptInRange(' ', '~');
        if (first < 0)
        {
            return text;
        }

        var printable = new StringBuilder(text, 0, first, text.Length + 16);
        foreach (var character in text.AsSpan(first))
        {
            if (IsPrintable(character))
            {
                printable.Append(character);
            }
            else
            {
                printable.Append(CultureInfo.InvariantCulture, $"\\x{(int)character:x2}");
            }
        }

        return printable.ToString();
    }

    private static bool IsPrintable(char character) =>
        character == '\t'
        || char.GetUnicodeCategory(character) is not (UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Format);
}
