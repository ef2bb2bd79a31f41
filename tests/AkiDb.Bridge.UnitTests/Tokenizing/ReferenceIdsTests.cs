using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

public sealed class ReferenceIdsTests
{
    [Theory]
    [InlineData("all-MiniLM-L6-v2")]
    [InlineData("tiny-bert-cls")]
    [InlineData("tiny-bert-cased")]
    [InlineData("tiny-qwen3")]
    [InlineData("qwen3-tokenizer")]
    public void Tokenizer_of_every_model_gives_the_reference_ids_for_every_text(string model)
    {
        Tokenizer tokenizer = Tokenizers.Load(model);
        IReadOnlyList<int[]> expected = ReferenceAnswers.TokenIds(model);

        Assert.All(ReferenceAnswers.Texts.Zip(expected), pair => Assert.Equal(pair.Second, tokenizer.Ids(pair.First.Text)));
    }

    [Fact]
    public async Task Tokenizer_is_used_by_many_threads_at_once_and_gives_the_same_ids()
    {
        Tokenizer tokenizer = Tokenizers.Load("tiny-qwen3");
        IReadOnlyList<int[]> expected = ReferenceAnswers.TokenIds("tiny-qwen3");

        await Parallel.ForAsync(0, 4 * expected.Count, TestContext.Current.CancellationToken, (i, _) =>
        {
            Assert.Equal(expected[i % expected.Count], tokenizer.Ids(ReferenceAnswers.Texts[i % expected.Count].Text));
            return ValueTask.CompletedTask;
        });
    }
}
