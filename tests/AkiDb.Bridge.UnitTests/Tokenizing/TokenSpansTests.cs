using System.Text;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

/// <summary>Where tokens are in their text: the expected places are those of the reference library, in bytes.</summary>
public sealed class TokenSpansTests
{
    [Theory]
    [InlineData("all-MiniLM-L6-v2", "Hello, world", "Hello@0-5|,@5-6|world@7-12")]
    [InlineData("all-MiniLM-L6-v2", "café naïve", "café@0-5|naïve@6-12")]
    [InlineData("all-MiniLM-L6-v2", "日本 x", "日@0-3|本@3-6|x@7-8")]
    [InlineData("all-MiniLM-L6-v2", "a [SEP] b", "a@0-1|[SEP]@2-7|b@8-9")]
    [InlineData("tiny-roberta", "a b", "a@0-1|b@2-3")]
    [InlineData("tiny-qwen3", "a b", "a@0-1| b@1-3")]
    public void Place_is_the_reference_librarys(string model, string text, string expected)
    {
        var tokenizer = TokenizerFile.Load(Path.Combine(TestPaths.Model(model), "tokenizer.json"));
        var utf8 = Encoding.UTF8.GetBytes(text);

        var tokens = tokenizer.Locate(utf8, addSpecialTokens: false, TestContext.Current.CancellationToken);

        Assert.Equal(expected, string.Join('|', tokens.Select(token => $"{Encoding.UTF8.GetString(utf8.AsSpan(token.Start..token.End))}@{token.Start}-{token.End}")));
    }

    [Theory]
    [InlineData("all-MiniLM-L6-v2")]
    [InlineData("tiny-bert-cased")]
    [InlineData("tiny-bert-unigram")]
    [InlineData("tiny-qwen3")]
    [InlineData("tiny-roberta")]
    [InlineData("tiny-xlm-roberta")]
    [InlineData("tiny-mpnet")]
    public void Tokens_are_those_that_are_computed_and_lie_in_order(string model)
    {
        var tokenizer = TokenizerFile.Load(Path.Combine(TestPaths.Model(model), "tokenizer.json"));
        foreach (var text in ReferenceAnswers.Texts.Select(text => text.Text).Where(text => text.Length < 3_000))
        {
            var ids = new System.Buffers.ArrayBufferWriter<int>();
            tokenizer.Encode(text, int.MaxValue, ids, TestContext.Current.CancellationToken);
            var utf8 = Encoding.UTF8.GetBytes(text);

            var tokens = tokenizer.Locate(utf8, addSpecialTokens: true, TestContext.Current.CancellationToken);

            Assert.Equal(ids.WrittenSpan.ToArray(), tokens.Select(token => token.Id));
            var places = tokens.Where(token => !token.IsSpecial).ToList();
            Assert.All(places, token => Assert.InRange(token.End, token.Start, utf8.Length));
            Assert.All(places.Zip(places.Skip(1)), pair => Assert.True(pair.First.Start <= pair.Second.Start, text));
        }
    }

    [Theory]
    [InlineData(true, "hello, world!")]
    [InlineData(false, "[CLS] hello, world! [SEP]")]
    public void Tokens_become_text_again(bool skipSpecialTokens, string expected)
    {
        var tokenizer = TokenizerFile.Load(Path.Combine(TestPaths.Model("all-MiniLM-L6-v2"), "tokenizer.json"));
        var tokens = tokenizer.Locate("Hello, world!"u8.ToArray(), addSpecialTokens: true, TestContext.Current.CancellationToken);

        Assert.Equal(expected, tokenizer.Decode([.. tokens.Select(token => token.Id)], skipSpecialTokens));
    }
}
