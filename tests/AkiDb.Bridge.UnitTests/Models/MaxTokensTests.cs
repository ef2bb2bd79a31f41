using AkiDb.Bridge.Models;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Models;

public sealed class MaxTokensTests
{
    [Theory]
    [InlineData(256, 512L, 512, true, 256)]
    [InlineData(512, 128L, 512, true, 512)]
    [InlineData(null, 128L, 512, true, 128)]
    [InlineData(null, 131072L, 32768, true, 32768)]
    [InlineData(null, null, 512, true, 512)]
    [InlineData(4096, null, 512, true, 512)]
    [InlineData(4096, 128L, 512, false, 4096)]
    [InlineData(256, null, 512, false, 256)]
    [InlineData(null, 4096L, 512, false, 512)]
    public void Sentence_bert_config_wins_and_a_table_of_positions_bounds_all(int? sentenceBert, long? tokenizer, int positions, bool hasTable, int expected) =>
        Assert.Equal(expected, MaxTokensRule.Apply(sentenceBert, tokenizer, positions, hasTable).MaxTokens);

    [Theory]
    [InlineData("tiny-modernbert", 4096)]
    [InlineData("tiny-nomic-bert", 4096)]
    [InlineData("tiny-gte-new", 4096)]
    [InlineData("tiny-jina-bert", 4096)]
    [InlineData("tiny-gemma3", 4096)]
    [InlineData("tiny-qwen2", 4096)]
    [InlineData("tiny-bert-cls", 512)]
    [InlineData("tiny-roberta", 512)]
    public void Model_without_a_table_of_positions_takes_more_tokens_than_it_was_made_for(string name, int expected)
    {
        Assert.SkipUnless(Directory.Exists(TestPaths.Model(name)), $"The model {name} does not lie beside this checkout.");
        using var copy = new ModelCopy(name);

        copy.Write("sentence_bert_config.json", """{"max_seq_length": 4096}""");
        if (expected == 4096)
        {
            copy.Set("config.json", "max_position_embeddings", "512");
        }

        Assert.Equal(expected, copy.Read().MaxTokens);
    }

    [Theory]
    [InlineData("1000000000000000019884624838656")]
    [InlineData("1e30")]
    [InlineData("null")]
    public void Tokeniser_without_limit_leaves_the_positions(string length)
    {
        using var copy = new ModelCopy("tiny-qwen3");
        Assert.Equal(32768, copy.Set("tokenizer_config.json", "model_max_length", length).Read().MaxTokens);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("\"512\"")]
    public void Nonsense_length_is_refused(string length)
    {
        using var copy = new ModelCopy("tiny-qwen3");
        Assert.Contains($"'model_max_length' is {length}", copy.Set("tokenizer_config.json", "model_max_length", length).ReadError(), StringComparison.Ordinal);
    }
}
