using System.Buffers;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

public sealed class TruncationTests
{
    [Theory]
    [InlineData("all-MiniLM-L6-v2", 1, 1)]
    [InlineData("tiny-qwen3", 0, 1)]
    public void Cutting_takes_from_the_content_and_keeps_the_special_tokens(string model, int prefix, int suffix)
    {
        var tokenizer = Tokenizers.Load(model);
        foreach (var text in ReferenceAnswers.Texts.Where(text => text.Kind is "sentence" or "long"))
        {
            var whole = tokenizer.Ids(text.Text);
            for (var limit = prefix + suffix; limit <= whole.Length + 1; limit += 1 + limit / 4)
            {
                var ids = new ArrayBufferWriter<int>();
                var count = tokenizer.Encode(text.Text, limit, ids, TestContext.Current.CancellationToken);

                int[] expected = limit >= whole.Length ? whole : [.. whole[..(limit - suffix)], .. whole[^suffix..]];
                Assert.Equal(expected, ids.WrittenSpan.ToArray());
                Assert.Equal(expected.Length, count.Kept);
                Assert.Equal(limit < whole.Length, count.Truncated);
            }
        }
    }

    [Fact]
    public void Limit_below_the_special_tokens_is_refused()
    {
        var tokenizer = Tokenizers.Load("tiny-bert-cls");

        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Encode("text", 1, new ArrayBufferWriter<int>(), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Truncation_and_padding_stored_in_the_file_are_ignored()
    {
        Assert.Equal(1002, Tokenizers.Load("all-MiniLM-L6-v2").Ids(string.Concat(Enumerable.Repeat("word ", 1000))).Length);
    }
}
