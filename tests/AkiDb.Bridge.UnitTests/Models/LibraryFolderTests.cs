using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.UnitTests.Models;

public sealed class LibraryFolderTests
{
    private const string Mean = "sentence_transformers.models.Pooling";
    private const string Dense = """, {"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"}""";
    private const string Normalize = """, {"idx": 3, "name": "3", "path": "3_Normalize", "type": "sentence_transformers.models.Normalize"}""";

    [Fact]
    public void What_our_own_engines_understand_the_library_serves_too()
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        var model = LibraryFolder.Read(copy.Folder, "x");
        var own = copy.Read();

        Assert.Equal((own.Dimension, own.MaxTokens, own.Normalize, own.PoolingName), (model.Dimension, model.MaxTokens, model.Normalize, model.PoolingName));
        Assert.Equal(own.WeightFiles, model.WeightFiles);
        Assert.Equal(97, model.RowValues);
    }

    [Fact]
    public void Prompts_are_those_of_the_folder()
    {
        using var copy = new ModelCopy("tiny-qwen3");

        Assert.Equal(copy.Read().Prompts, LibraryFolder.Read(copy.Folder, "x").Prompts);
    }

    [Theory]
    [InlineData("", false, 96)]
    [InlineData(Dense, false, 40)]
    [InlineData(Dense + Normalize, true, 40)]
    [InlineData(Normalize + Dense, false, 40)]
    public void Modules_say_how_wide_a_vector_is_and_whether_it_has_length_1(string more, bool normalized, int dimension)
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        WriteDense(copy).Write("modules.json", Modules(more));
        var model = LibraryFolder.Read(copy.Folder, "x");

        Assert.Equal((dimension, normalized), (model.Dimension, model.Normalize));
        Assert.Equal(more.Contains("Dense", StringComparison.Ordinal) ? 2 : 1, model.WeightFiles.Count);
    }

    [Fact]
    public void Several_poolings_stand_side_by_side()
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        copy.Write("1_Pooling/config.json", """{"word_embedding_dimension": 96, "pooling_mode_cls_token": true, "pooling_mode_mean_sqrt_len_tokens": true}""");
        var model = LibraryFolder.Read(copy.Folder, "x");

        Assert.Equal(("cls+mean_sqrt_len_tokens", 192), (model.PoolingName, model.Dimension));
    }

    [Fact]
    public void Vectors_that_the_library_cuts_have_no_length_of_1_any_more()
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        copy.Write("config_sentence_transformers.json", """{"truncate_dim": 32}""");
        var model = LibraryFolder.Read(copy.Folder, "x");

        Assert.Equal((32, false), (model.Dimension, model.Normalize));
    }

    [Fact]
    public void Program_code_of_the_models_own_is_refused()
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        copy.Set("modules.json", "0.type", "\"custom.Transformer\"");
        AssertRefused(copy, "custom.Transformer", "program code of its own");
        using var other = new ModelCopy("tiny-bert-cls");
        other.Set("config.json", "auto_map", """{"AutoModel": "modeling.Model"}""");
        AssertRefused(other, "auto_map");
    }

    [Fact]
    public void Pickle_is_refused_in_every_module()
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        WriteDense(copy).Write("modules.json", Modules(Dense)).Delete("2_Dense/model.safetensors").Write("2_Dense/pytorch_model.bin", "x");
        AssertRefused(copy, "2_Dense", "pickle");
    }

    [Fact]
    public void Half_a_download_is_refused()
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        copy.Delete("modules.json");
        AssertRefused(copy, "1_Pooling", "Download the model again");
    }

    [Fact]
    public void Module_of_which_nothing_is_known_is_refused()
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        copy.Set("modules.json", "1.type", "\"sentence_transformers.models.LSTM\"");
        AssertRefused(copy, "LSTM", "accepted are");
    }

    private static string Modules(string more) => $$"""
        [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}, {"idx": 1, "name": "1", "path": "1_Pooling", "type": "{{Mean}}"}{{more}}]
        """;

    private static ModelCopy WriteDense(ModelCopy copy)
    {
        copy.Write("2_Dense/config.json", """{"in_features": 96, "out_features": 40}""");
        File.CreateSymbolicLink(Path.Combine(copy.Folder, "2_Dense", "model.safetensors"), Path.Combine(copy.Folder, "model.safetensors"));
        return copy;
    }

    private static void AssertRefused(ModelCopy copy, params string[] words)
    {
        var error = Assert.Throws<BridgeException>(() => LibraryFolder.Read(copy.Folder, "x"));
        Assert.Equal(BridgeErrorKind.BadModel, error.Error.Kind);
        Assert.All(words, word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
    }
}
