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
    [InlineData("tiny-bert-unigram")]
    [InlineData("tiny-gemma3")]
    [InlineData("tiny-modernbert")]
    [InlineData("tiny-mpnet")]
    [InlineData("tiny-roberta")]
    [InlineData("tiny-xlm-roberta")]
    public void Tokenizer_of_every_model_gives_the_reference_ids_for_every_text(string model)
    {
        var tokenizer = Tokenizers.Load(model);
        var expected = ReferenceAnswers.TokenIds(model);

        Assert.All(ReferenceAnswers.Texts.Zip(expected), pair => Assert.Equal(pair.Second, tokenizer.Ids(pair.First.Text)));
    }

    [Theory]
    [InlineData("tiny-gemma3")]
    [InlineData("tiny-modernbert")]
    [InlineData("tiny-mpnet")]
    [InlineData("tiny-roberta")]
    [InlineData("tiny-xlm-roberta")]
    public void Added_tokens_and_odd_characters_in_a_text_give_the_reference_ids(string model)
    {
        var tokenizer = Tokenizers.Load(model);

        Assert.All(ReferenceAnswers.SpecialTexts.Zip(ReferenceAnswers.SpecialTokenIds(model)), pair => Assert.Equal(pair.Second, tokenizer.Ids(pair.First)));
    }

    [Fact]
    public void Library_class_of_xlm_roberta_splits_as_it_always_did_whatever_the_file_says()
    {
        var tokenizer = TokenizerFile.Load(Tokenizers.PathOf("tiny-bert-unigram"), followsConfig: true);
        var asFileSays = ReferenceAnswers.TokenIds("tiny-bert-unigram");
        var others = ReferenceAnswers.TokenIdsByText("tiny-bert-unigram.auto-tokens");

        Assert.Equal(5, others.Count);
        Assert.All(ReferenceAnswers.Texts.Zip(asFileSays), pair => Assert.Equal(others.GetValueOrDefault(pair.First.Id, pair.Second), tokenizer.Ids(pair.First.Text)));
    }

    [Fact]
    public void Static_models_take_a_text_without_special_tokens()
    {
        var path = Path.Combine(TestPaths.Model("tiny-static"), "0_StaticEmbedding", "tokenizer.json");
        var tokenizer = TokenizerFile.Load(path, withTemplate: false);

        Assert.All(ReferenceAnswers.Texts.Zip(ReferenceAnswers.TokenIds("tiny-static")), pair => Assert.Equal(pair.Second, tokenizer.Ids(pair.First.Text)));
    }

    [Fact]
    public async Task Tokenizer_is_used_by_many_threads_at_once_and_gives_the_same_ids()
    {
        var tokenizer = Tokenizers.Load("tiny-qwen3");
        var expected = ReferenceAnswers.TokenIds("tiny-qwen3");

        await Parallel.ForAsync(0, 4 * expected.Count, TestContext.Current.CancellationToken, (i, _) =>
        {
            Assert.Equal(expected[i % expected.Count], tokenizer.Ids(ReferenceAnswers.Texts[i % expected.Count].Text));
            return ValueTask.CompletedTask;
        });
    }
}
