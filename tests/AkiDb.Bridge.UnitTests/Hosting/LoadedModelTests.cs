using AkiDb.Bridge.Hosting;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.UnitTests.Models;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.UnitTests.Hosting;

public sealed class LoadedModelTests
{
    [Fact]
    public void Model_that_our_own_encoder_understands_is_its_own()
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        var model = Read(copy, WorkerEncoder.Auto);

        Assert.IsType<TransformerModel>(model.Description);
        Assert.Null(model.WhyLibrary);
    }

    [Fact]
    public void Library_takes_it_where_it_is_told_to()
    {
        using var copy = new ModelCopy("tiny-bert-cls");

        Assert.IsType<LibraryModel>(Read(copy, WorkerEncoder.SentenceTransformers).Description);
    }

    [Fact]
    public void Library_takes_what_our_own_encoder_does_not_understand_and_the_reason_is_kept()
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        copy.Set("config.json", "model_type", "\"albert\"");
        var model = Read(copy, WorkerEncoder.Auto);

        Assert.IsType<LibraryModel>(model.Description);
        Assert.Contains("albert", model.WhyLibrary!, StringComparison.Ordinal);
        Assert.Throws<BridgeException>(() => Read(copy, WorkerEncoder.Torch));
    }

    [Theory]
    [InlineData("modules.json", "[{")]
    [InlineData("model.safetensors", "x")]
    public void Damaged_folder_is_not_left_to_the_library(string file, string content)
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        copy.Delete(file).Write(file, content);

        Assert.DoesNotContain("library", Assert.Throws<BridgeException>(() => Read(copy, WorkerEncoder.Auto)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tiny-bert-cls", "do_lower_case", "false", false)]
    [InlineData("tiny-bert-cls", "strip_accents", "true", true)]
    [InlineData("tiny-roberta", "add_prefix_space", "true", false)]
    [InlineData("tiny-bert-unigram", "tokenizer_class", "\"PreTrainedTokenizerFast\"", false)]
    public async Task Setting_beside_tokenizer_json_that_changes_ids_makes_another_space(string name, string member, string json, bool isSame)
    {
        using var copy = new ModelCopy(name);
        var before = (await Read(copy, WorkerEncoder.Torch).SpaceAsync()).ToString();

        copy.Set("tokenizer_config.json", member, json);

        Assert.Equal(isSame, (await Read(copy, WorkerEncoder.Torch).SpaceAsync()).ToString() == before);
    }

    [Fact]
    public void What_nobody_serves_is_refused_with_both_reasons()
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        copy.Set("config.json", "model_type", "\"albert\"").Set("modules.json", "1.type", "\"custom.Pooling\"");
        var error = Assert.Throws<BridgeException>(() => Read(copy, WorkerEncoder.Auto));

        Assert.Contains("Nor can the sentence-transformers library", error.Message, StringComparison.Ordinal);
        Assert.Contains("custom.Pooling", error.Message, StringComparison.Ordinal);
    }

    private static LoadedModel Read(ModelCopy copy, WorkerEncoder encoder) =>
        LoadedModel.Read(copy.Folder, encoder, new ModelLocator(ModelSearchPaths.FromEnvironment()), CancellationToken.None);
}
