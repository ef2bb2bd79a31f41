using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

/// <summary>NFKC, held against the reference library's (<c>nfkc.jsonl</c>). NFC has its reference with Qwen's tokeniser.</summary>
public sealed class CompositionNormalizerTests
{
    private static readonly (string Text, string Normal)[] Cases =
    [
        .. File.ReadLines(Path.Combine(TestPaths.Data, "reference", "unicode", "nfkc.jsonl"))
            .Select(line => JsonElement.Parse(line))
            .Select(line => (line.GetProperty("text").GetString()!, line.GetProperty("nfkc").GetString()!)),
    ];

    [Fact]
    public void Compatible_form_is_the_references()
    {
        Assert.InRange(Cases.Length, 400, int.MaxValue);
        Assert.All(Cases, one => Assert.Equal(one.Normal, Normalize(one.Text)));
        Assert.All(Cases, one => Assert.Equal(one.Normal, Normalize(one.Normal)));
    }

    [Theory]
    [InlineData("\uFB01le", "file")]
    [InlineData("\u00BD \u2460\u00A0\u2122", "1\u20442 1 TM")]
    [InlineData("\uFF76\uFF9E", "\u30AC")]
    [InlineData("\u1E9B\u0323", "\u1E69")]
    [InlineData("\uFFA1\uFFC2", "\uAC00")]
    [InlineData("plain", "plain")]
    public void Letter_becomes_what_it_stands_for_and_is_composed_with_what_follows(string text, string expected) => Assert.Equal(expected, Normalize(text));

    [Fact]
    public void Tokeniser_with_it_gives_the_ids_of_the_text_in_that_form()
    {
        var normalizing = Tokenizers.LoadChanged("tiny-qwen3", file => file["normalizer"] = new JsonObject { ["type"] = "NFKC" });
        var plain = Tokenizers.LoadChanged("tiny-qwen3", file => file["normalizer"] = null);

        Assert.All(Cases, one => Assert.Equal(plain.Ids(one.Normal), normalizing.Ids(one.Text)));
    }

    [Fact]
    public void Text_read_in_chunks_is_the_whole_text()
    {
        var tokenizer = Tokenizers.LoadChanged("tiny-qwen3", file => file["normalizer"] = new JsonObject { ["type"] = "NFKC" });
        var text = string.Concat(Enumerable.Repeat(string.Concat(Cases.Select(one => one.Text)), 3));
        var whole = tokenizer.Ids(text);

        foreach (var limit in (int[])[2, 17, 300, 4_000])
        {
            Assert.Equal([.. whole[..(limit - 1)], whole[^1]], tokenizer.Ids(text, limit));
        }
    }

    [Fact]
    public void Small_letters_alone_are_a_normaliser_too()
    {
        var small = Tokenizers.LoadChanged("tiny-qwen3", file => file["normalizer"] = new JsonObject { ["type"] = "Lowercase" });
        var plain = Tokenizers.LoadChanged("tiny-qwen3", file => file["normalizer"] = null);

        Assert.Equal(plain.Ids("straße \u00E9 \u0065\u0301 ab\tc\u0000 東京"), small.Ids("STRAßE \u00C9 \u0045\u0301 AB\tC\u0000 東京"));
    }

    private static string Normalize(string text)
    {
        var output = new PooledBuffer<byte>(stackalloc byte[64]);
        return new CompositionNormalizer(isCompatible: true).TryNormalize(Encoding.UTF8.GetBytes(text), ref output) ? Encoding.UTF8.GetString(output.Written) : text;
    }
}
