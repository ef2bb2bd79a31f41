using System.Buffers;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

public sealed class TruncationTests
{
    [Theory]
    [InlineData("all-MiniLM-L6-v2", 1, 1)]
    [InlineData("tiny-qwen3", 0, 1)]
    public void Cutting_takes_from_the_content_and_keeps_the_special_tokens(string model, int prefix, int suffix)
    {
        Tokenizer tokenizer = Tokenizers.Load(model);
        foreach (ReferenceText text in ReferenceAnswers.Texts.Where(text => text.Kind is "sentence" or "long"))
        {
            int[] whole = tokenizer.Ids(text.Text);
            for (int limit = prefix + suffix; limit <= whole.Length + 1; limit += 1 + limit / 4)
            {
                var ids = new ArrayBufferWriter<int>();
                TokenCount count = tokenizer.Encode(text.Text, limit, ids);

                int[] expected = limit >= whole.Length ? whole : [.. whole[..(limit - suffix)], .. whole[^suffix..]];
                Assert.Equal(expected, ids.WrittenSpan.ToArray());
                Assert.Equal(new TokenCount(expected.Length, whole.Length), count);
                Assert.Equal(limit < whole.Length, count.Truncated);
            }
        }
    }

    [Fact]
    public void Limit_below_the_special_tokens_is_refused()
    {
        Tokenizer tokenizer = Tokenizers.Load("tiny-bert-cls");

        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Encode("text", 1, new ArrayBufferWriter<int>()));
    }

    [Fact]
    public void Truncation_and_padding_stored_in_the_file_are_ignored()
    {
        Assert.Equal(1002, Tokenizers.Load("all-MiniLM-L6-v2").Ids(string.Concat(Enumerable.Repeat("word ", 1000))).Length);
    }
}
