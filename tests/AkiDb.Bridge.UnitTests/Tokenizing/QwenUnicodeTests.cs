using System.Text;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

public sealed class QwenUnicodeTests
{
    private static readonly QwenSplitter Splitter = new();

    [Fact]
    public void Every_code_point_is_classified_and_composed_as_in_the_reference()
    {
        var wrong = new List<string>();
        foreach ((int codePoint, string says) in UnicodeReference.Walk("qwen.tsv"))
        {
            var text = char.ConvertFromUtf32(codePoint);
            var composed = says.Split("nfc:") is [_, var points] ? UnicodeReference.Text(points) : text;
            if (Class(text) != (says.Length > 0 ? says[0] : 'O') || Compose(text) != composed)
            {
                wrong.Add($"{codePoint:X4} {says}");
            }
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("e\u0323\u0302", "\u1EC7")]
    [InlineData("e\u0302\u0323", "\u1EC7")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("\uAC00\u11A89\u0344", "\uAC019\u0308\u0301")]
    [InlineData("a\u0301\u0301\u0323", "\u1EA1\u0301\u0301")]
    [InlineData("\u0301a", "\u0301a")]
    [InlineData("\u0915\u093C", "\u0915\u093C")]
    [InlineData("\U00011935\U00011930", "\U00011935\U00011930")]
    public void Sequences_are_composed(string text, string expected) => Assert.Equal(expected, Compose(text));

    private static char Class(string text)
    {
        byte[] run = Encoding.UTF8.GetBytes($"!{text}!!");
        var after = run.Length - "!!".Length;
        var end = Splitter.WordEnd(run, 0);
        var isLineBreak = text is "\r" or "\n";
        if (end == run.Length)
        {
            return 'O';
        }

        if (end == after && !isLineBreak)
        {
            return 'L';
        }

        byte[] twice = Encoding.UTF8.GetBytes(text + text);
        return Splitter.WordEnd(twice, 0) == twice.Length ? 'S' : 'N';
    }

    private static string Compose(string text)
    {
        var output = new PooledBuffer<byte>(stackalloc byte[64]);
        return new CompositionNormalizer(isCompatible: false).TryNormalize(Encoding.UTF8.GetBytes(text), ref output) ? Encoding.UTF8.GetString(output.Written) : text;
    }
}
