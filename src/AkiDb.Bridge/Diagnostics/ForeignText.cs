using System.Globalization;
using System.Text;

namespace AkiDb.Bridge.Diagnostics;

/// <summary>Text that others have written, such as a name in a request or a line of a child process, made fit for a message: short, and on one line.</summary>
internal static class ForeignText
{
    private const int LongestText = 80;

    /// <summary>The text between quotes, as messages name things.</summary>
    public static string Quote(string text) => $"'{Shorten(text)}'";

    /// <summary>At most <paramref name="longest"/> characters of the text, then <c>...</c>; what is not printable is escaped.</summary>
    public static string Shorten(string text, int longest = LongestText)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length <= longest && !text.Any(IsUnprintable))
        {
            return text;
        }

        var result = new StringBuilder(longest + 3);
        foreach (var rune in text.EnumerateRunes())
        {
            // An unpaired surrogate is enumerated as U+FFFD.
            var piece = IsUnprintable(rune) ? string.Create(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}") : rune.ToString();
            if (result.Length + piece.Length > longest)
            {
                return result.Append("...").ToString();
            }

            result.Append(piece);
        }

        return result.ToString();
    }

    /// <summary>At most <paramref name="longest"/> characters of a sentence of our own, which may have several lines, then <c>...</c>.</summary>
    public static string Cut(string sentence, int longest)
    {
        if (sentence.Length <= longest)
        {
            return sentence;
        }

        // Half of a surrogate pair is no text.
        return sentence[..(char.IsHighSurrogate(sentence[longest - 1]) ? longest - 1 : longest)] + "...";
    }

    private static bool IsUnprintable(char letter) => char.IsControl(letter) || char.IsSurrogate(letter) || IsUnprintable(char.GetUnicodeCategory(letter));

    private static bool IsUnprintable(Rune rune) => IsUnprintable(Rune.GetUnicodeCategory(rune));

    // Separators break a log line in two; format characters turn the direction of what follows.
    private static bool IsUnprintable(UnicodeCategory category) => category is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse;
}
