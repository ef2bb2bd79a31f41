using System.Text;
using System.Text.RegularExpressions;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

public sealed class QwenSplitterTests
{
    private static readonly QwenSplitter Splitter = new();
    private static readonly Regex Pattern = new(QwenSplitter.Pattern, RegexOptions.CultureInvariant);

    // Only characters that .NET's tables and the reference library's agree on, and none outside the first plane.
    private static readonly string[] Soup =
        [" ", " ", "\t", "\n", "\r", "\r\n", "\u00A0", "\u3000", "'", "'s", "'T", "'re", "'Ve", "'lL", "'m", "'D", "'x", "’", "a", "Z", "é", "字",
            "1", "²", "٣", "!", "_", "-", "\u0301", "€"];

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

    [Fact]
    public void Words_of_the_reference_sentences_are_those_of_the_pattern()
    {
        foreach (var text in ReferenceAnswers.Texts.Where(text => text.Kind is "sentence" or "generated"))
        {
            Assert.Equal(Pattern.Matches(text.Text).Select(match => match.Value), Words(text.Text));
        }
    }

    [Fact]
    public void Long_s_is_a_contraction_as_in_the_reference_library() => Assert.Equal(["x", "'\u017F", "y"], Words("x'\u017Fy"));

    private static List<string> Words(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        var words = new List<string>();
        for (int start = 0, end; start < utf8.Length; start = end)
        {
            end = Splitter.WordEnd(utf8, start);
            words.Add(Encoding.UTF8.GetString(utf8[start..end]));
        }

        return words;
    }
}
