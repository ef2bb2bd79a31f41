using AkiDb.Bridge.Models;
using AkiDb.Bridge.Requests;
using AkiDb.Bridge.Tokenizing;
using AkiDb.Bridge.UnitTests.StaticEmbeddings;
using AkiDb.Bridge.UnitTests.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Models;

public sealed class StaticFolderTests
{
    private const string Model2VecConfig = """{"model_type": "model2vec", "architectures": ["StaticModel"], "normalize": true}""";

    [Theory]
    [InlineData("sentence_transformers.models.StaticEmbedding", "")]
    [InlineData("sentence_transformers.models.StaticEmbedding", ".")]
    [InlineData("sentence_transformers.sentence_transformer.modules.static_embedding.StaticEmbedding", "")]
    public void Table_lies_where_modules_say(string type, string path)
    {
        using var copy = new StaticCopy($$"""[{"idx": 0, "name": "0", "path": "{{path}}", "type": "{{type}}"}]""");

        Assert.True(StaticFolder.IsStatic(copy.Folder));
        Assert.Equal(StaticCopy.Dimension, copy.Weights(StaticEngineTests.Table("F32", name: "embedding.weight")).Read().Dimension);
    }

    [Fact]
    public void Without_modules_it_is_as_model2vec_has_it()
    {
        using var copy = new StaticCopy(null);
        var model = copy.Weights(StaticEngineTests.Table("F32")).Write("config.json", Model2VecConfig).Read();

        Assert.True(StaticFolder.IsStatic(copy.Folder));
        Assert.True(model.AsModel2Vec);
        Assert.True(model.Normalize);
        Assert.Equal(512, model.MaxTokens);
    }

    [Fact]
    public void Model2vecs_own_rules_leave_unknown_tokens_out_and_read_the_beginning_only()
    {
        using var copy = new StaticCopy(null);
        var model = copy.Weights(StaticEngineTests.Table("F32")).Write("config.json", Model2VecConfig).Read();
        var own = TokenizerFile.Load(model);
        var all = TokenizerFile.Load(model with { AsModel2Vec = false, MaxTokens = int.MaxValue });
        var unknown = all.Ids("[UNK]").Single();

        Assert.Equal(all.Ids("a 東 b ☃ c").Where(id => id != unknown), own.Ids("a 東 b ☃ c", model.MaxTokens));
        Assert.Equal([model.NoToken], TokenizeWork.All(own, model, ["☃☃"]).Ids.ToArray());
        Assert.Equal(512, own.Ids(string.Concat(Enumerable.Repeat("a ", 2000)), model.MaxTokens).Length);

        // 512 times the median length of the vocabulary's tokens, which is 5.
        var words = string.Concat(Enumerable.Repeat("xylophone ", 1000));
        Assert.Equal(all.Ids(words[..(512 * 5)]).Take(512), own.Ids(words, model.MaxTokens));
    }

    [Fact]
    public void Truncation_that_the_tokeniser_stores_counts()
    {
        using var copy = new StaticCopy(StaticCopy.Modules);
        copy.Weights(StaticEngineTests.Table("F32"))
            .Replace("\"truncation\":null", "\"truncation\":{\"direction\":\"Right\",\"max_length\":5,\"strategy\":\"LongestFirst\",\"stride\":0}");
        var model = copy.Read();

        Assert.Equal(5, model.MaxTokens);
        Assert.Equal(5, TokenizerFile.Load(model).Ids("a b c d e f g", model.MaxTokens).Length);
        Assert.Contains("'truncation.direction'", copy.Replace("\"Right\"", "\"Left\"").ReadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_without_a_row_are_refused()
    {
        using var copy = new StaticCopy(StaticCopy.Modules);
        var model = copy.Weights(StaticEngineTests.Table("F32", 10)).Read();

        Assert.Contains("the model has 10 ids", Assert.Throws<BridgeException>(() => TokenizerFile.Load(model)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("U8", "embeddings", "has type U8")]
    [InlineData("F32", "table", "neither the tensor 'embedding.weight' nor 'embeddings'")]
    public void Weights_that_are_no_table_are_refused_by_name(string type, string name, string why)
    {
        using var copy = new StaticCopy(StaticCopy.Modules);
        var rows = type == "U8" ? (name, type, [3, 1], [1, 2, 3]) : StaticEngineTests.Table(type, name: name);

        Assert.Contains(why, copy.Weights(rows).ReadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_another_number_of_tokens_are_refused()
    {
        using var copy = new StaticCopy(StaticCopy.Modules);

        Assert.Contains("belong to different models", copy.Weights(StaticEngineTests.Table("F32"), ("weights", "F32", [1], new byte[4])).ReadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Module_behind_the_table_that_is_not_understood_is_left_to_the_library()
    {
        using var copy = new StaticCopy(StaticCopy.Modules.Replace("]", """, {"idx": 1, "name": "1", "path": "1_Dense", "type": "sentence_transformers.models.Dense"}]""", StringComparison.Ordinal));
        copy.Weights(StaticEngineTests.Table("F32"));

        Assert.True(Assert.Throws<BridgeException>(copy.Read).IsForeignModel);
    }
}
