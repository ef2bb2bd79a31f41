using System.Text;
using System.Text.RegularExpressions;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

public sealed class GptSplitterTests
{
    private static readonly Regex Pattern = new(
        """'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+""", RegexOptions.CultureInvariant);

    // Only characters that .NET's tables and the reference library's agree on, and none outside the first plane.
    private static readonly string[] Soup =
        [" ", " ", "\t", "\n", "\r\n", "\u00A0", "\u3000", "'", "'s", "'T", "'re", "'ll", "'d", "’", "a", "Z", "é", "字", "1", "²", "٣", "!", "_", "\u0301", "€"];

    [Fact]
    public void Words_of_random_soup_are_those_of_the_pattern()
    {
        var random = new Random(20240607);
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(random.GetItems(Soup, random.Next(1, 12)));
            Assert.Equal(Pattern.Matches(text).Select(match => match.Value), Words(text));
        }
    }

    private static List<string> Words(string text)
    {
        var splitter = new GptSplitter();
        var utf8 = Encoding.UTF8.GetBytes(text);
        var words = new List<string>();
        for (int start = 0, end; start < utf8.Length; start = end)
        {
            end = splitter.WordEnd(utf8, start);
            words.Add(Encoding.UTF8.GetString(utf8[start..end]));
        }

        return words;
    }
}
