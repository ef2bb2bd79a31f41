using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.UnitTests.Models;

public sealed class MaxTokensTests
{
    [Theory]
    [InlineData(256, 512L, 512, 256)]
    [InlineData(512, 128L, 512, 512)]
    [InlineData(null, 128L, 512, 128)]
    [InlineData(null, 131072L, 32768, 32768)]
    [InlineData(null, null, 512, 512)]
    [InlineData(4096, null, 512, 512)]
    public void Sentence_bert_config_wins_and_positions_bound_all(int? sentenceBert, long? tokenizer, int positions, int expected) =>
        Assert.Equal(expected, MaxTokensRule.Apply(sentenceBert, tokenizer, positions).MaxTokens);

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
