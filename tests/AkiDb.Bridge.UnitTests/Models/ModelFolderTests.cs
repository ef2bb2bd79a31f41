using AkiDb.Bridge.Models;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Models;

public sealed class ModelFolderTests
{
    [Fact]
    public void MiniLM_is_read_as_published()
    {
        var model = ModelFolder.Read(TestPaths.Model("all-MiniLM-L6-v2"), "sentence-transformers/all-MiniLM-L6-v2", "abc");

        Assert.Equal(
            new EncoderArchitecture
            {
                VocabularySize = 30522,
                HiddenSize = 384,
                Layers = 6,
                Heads = 12,
                IntermediateSize = 1536,
                MaxPositions = 512,
                TokenTypes = 2,
                LayerNormEpsilon = 1e-12,
            },
            model.Architecture);
        Assert.Equal("sentence-transformers/all-MiniLM-L6-v2", model.Id);
        Assert.Equal("abc", model.Revision);
        Assert.Equal(TestPaths.Model("all-MiniLM-L6-v2"), model.Folder);
        Assert.Equal(Path.Combine(model.Folder, "tokenizer.json"), model.TokenizerFile);
        Assert.Equal(Pooling.Mean, model.Pooling);
        Assert.True(model.Normalize);
        Assert.Equal(256, model.MaxTokens);
        Assert.Equal(384, model.Dimension);
        Assert.Empty(model.Prompts);
        Assert.Null(model.DefaultPromptName);
        Assert.Equal("", model.Weights.Prefix);
        Assert.Equal([Path.Combine(model.Folder, "model.safetensors")], model.Weights.Files);
        var words = model.Weights.Tensors["embeddings.word_embeddings.weight"];
        Assert.Equal(8 + 11408 + 796672, words.Offset);
        Assert.Equal(30522L * 384 * 4, words.Length);
    }

    [Theory]
    [InlineData("tiny-bert-cls", nameof(Pooling.Cls), true, 512, 96)]
    [InlineData("tiny-bert-cased", nameof(Pooling.Mean), false, 64, 64)]
    [InlineData("tiny-qwen3", nameof(Pooling.LastToken), true, 32768, 128)]
    [InlineData("tiny-qwen3-new-layout", nameof(Pooling.LastToken), true, 32768, 128)]
    public void Small_models_are_read_as_described(string name, string pooling, bool normalize, int maxTokens, int dimension)
    {
        using var copy = new ModelCopy(name);
        var model = copy.Read();

        Assert.Equal(pooling, model.Pooling.ToString());
        Assert.Equal(normalize, model.Normalize);
        Assert.Equal(maxTokens, model.MaxTokens);
        Assert.Equal(dimension, model.Dimension);
    }

    [Theory]
    [InlineData("tiny-qwen3")]
    [InlineData("tiny-qwen3-new-layout")]
    public void Qwen3_is_read_alike_from_both_layouts(string name)
    {
        using var copy = new ModelCopy(name);
        var model = copy.Read();

        Assert.Equal(
            new DecoderArchitecture
            {
                VocabularySize = 8026,
                HiddenSize = 128,
                Layers = 4,
                Heads = 8,
                IntermediateSize = 320,
                MaxPositions = 32768,
                KeyValueHeads = 2,
                HeadSize = 32,
                RmsNormEpsilon = 1e-6,
                RopeTheta = 1e6,
            },
            model.Architecture);
        Assert.Equal(["document", "query"], model.Prompts.Keys.Order());
        Assert.Equal("", model.Prompts["document"]);
        Assert.EndsWith("\nQuery:", model.Prompts["query"], StringComparison.Ordinal);
        Assert.Equal([Path.Combine(TestPaths.Model("tiny-qwen3"), "model.safetensors")], model.Weights.Files);
    }

    [Fact]
    public void Bert_without_modules_is_pooled_by_the_mean_and_not_normalised()
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        var model = copy.Delete("modules.json").Delete("1_Pooling").Read();

        Assert.Equal(Pooling.Mean, model.Pooling);
        Assert.False(model.Normalize);
    }

    [Fact]
    public void Language_model_without_modules_is_pooled_by_the_last_token()
    {
        using var copy = new ModelCopy("tiny-qwen3");
        Assert.Equal(Pooling.LastToken, copy.Delete("modules.json").Delete("1_Pooling").Read().Pooling);
    }

    [Fact]
    public void Missing_modules_beside_a_pooling_folder_are_half_a_download()
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        Assert.Contains("modules.json", copy.Delete("modules.json").ReadError(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sentence_transformers.models.Transformer", "sentence_transformers.models.Pooling", "sentence_transformers.models.Normalize")]
    [InlineData(
        "sentence_transformers.base.modules.transformer.Transformer",
        "sentence_transformers.sentence_transformer.modules.pooling.Pooling",
        "sentence_transformers.sentence_transformer.modules.normalize.Normalize")]
    [InlineData(
        "sentence_transformers.base.modules.transformer.Transformer",
        "sentence_transformers.sentence_transformer.modules.pooling.Pooling",
        "sentence_transformers.base.modules.normalize.Normalize")]
    public void Module_types_of_all_libraries_are_known(params string[] types)
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        for (var index = 0; index < types.Length; index++)
        {
            copy.Set("modules.json", $"{index}.type", $"\"{types[index]}\"");
        }

        Assert.True(copy.Read().Normalize);
    }

    [Theory]
    [InlineData("""{"embedding_dimension": 96, "pooling_mode": "max", "include_prompt": true}""", nameof(Pooling.Max))]
    [InlineData("""{"embedding_dimension": 96, "pooling_mode": ["weightedmean"]}""", nameof(Pooling.WeightedMean))]
    [InlineData("""{"word_embedding_dimension": 96, "pooling_mode_mean_sqrt_len_tokens": true}""", nameof(Pooling.MeanSqrtLength))]
    [InlineData("""{"word_embedding_dimension": 96, "pooling_mode_mean_tokens": true, "include_prompt": false}""", nameof(Pooling.Mean))]
    public void Pooling_is_read_from_flags_and_from_the_mode(string json, string pooling)
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        Assert.Equal(pooling, copy.Write("1_Pooling/config.json", json).Read().Pooling.ToString());
    }

    [Theory]
    [InlineData("config.json", "torch_dtype", "\"float16\"")]
    [InlineData("config.json", "hidden_act", null)]
    [InlineData("config.json", "position_embedding_type", "\"absolute\"")]
    [InlineData("config.json", "architectures", "[\"BertForMaskedLM\"]")]
    [InlineData("config_sentence_transformers.json", "prompts", "{\"query\": \"q: \", \"other\": null}")]
    [InlineData("sentence_bert_config.json", "do_lower_case", null)]
    [InlineData("sentence_bert_config.json", "do_lower_case", "true")]
    public void Harmless_changes_are_accepted(string file, string member, string? json)
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        Assert.Equal(96, copy.Set(file, member, json).Read().Dimension);
    }

    [Fact]
    public void Optional_files_may_be_absent()
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        var model = copy.Delete("config_sentence_transformers.json").Delete("sentence_bert_config.json").Delete("tokenizer_config.json").Read();

        Assert.Empty(model.Prompts);
        Assert.Equal(512, model.MaxTokens);
    }

    [Fact]
    public void Default_prompt_is_read()
    {
        using var copy = new ModelCopy("tiny-qwen3");
        Assert.Equal("query", copy.Set("config_sentence_transformers.json", "default_prompt_name", "\"query\"").Read().DefaultPromptName);
    }

    [Fact]
    public void Head_size_of_qwen3_defaults_to_the_librarys_own()
    {
        using var copy = new ModelCopy("tiny-qwen3");
        Assert.Contains("shape [256, 128], but config.json asks for [1024, 128]", copy.Set("config.json", "head_dim", null).ReadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Qwen3_has_windows_where_its_file_says_so()
    {
        using var copy = new ModelCopy("tiny-qwen3");
        copy.Set("config.json", "use_sliding_window", "true").Set("config.json", "sliding_window", "8").Set("config.json", "max_window_layers", "1");

        Assert.Equal([0, 7, 7, 7], copy.Read().Architecture.Windows);
        Assert.Equal([7, 0, 0, 7], copy.Set("config.json", "layer_types", "[\"sliding_attention\", \"full_attention\", \"full_attention\", \"sliding_attention\"]").Read().Architecture.Windows);
    }

    [Fact]
    public void Qwen3_may_see_both_sides_and_have_another_activation()
    {
        using var copy = new ModelCopy("tiny-qwen3");

        var architecture = (DecoderArchitecture)copy.Set("config.json", "is_causal", "false").Set("config.json", "hidden_act", "\"gelu\"").Read().Architecture;

        Assert.False(architecture.IsCausal);
        Assert.Equal(Activation.Gelu, architecture.Activation);
    }

    [Fact]
    public void Decoder_whose_file_leaves_numbers_out_has_the_librarys()
    {
        using var copy = new ModelCopy("tiny-qwen3");

        var architecture = (DecoderArchitecture)copy.Set("config.json", "rms_norm_eps", null).Set("config.json", "rope_theta", null).Read().Architecture;

        Assert.Equal(1e-6, architecture.RmsNormEpsilon);
        Assert.Equal(10_000, architecture.RopeTheta);
    }

    [Fact]
    public void Gte_has_rotary_positions_and_one_kind_of_token_where_its_file_does_not_say()
    {
        const string Name = "tiny-gte-new-multilingual";
        Assert.SkipUnless(Directory.Exists(TestPaths.Model(Name)), $"The model {Name} does not lie beside this checkout.");
        using var copy = new ModelCopy(Name);

        Assert.Equal(1, ((EncoderArchitecture)copy.Set("config.json", "position_embedding_type", null).Set("config.json", "type_vocab_size", null).Read().Architecture).TokenTypes);
    }

    [Fact]
    public void Missing_folder_is_named()
    {
        var error = Assert.Throws<BridgeException>(() => ModelFolder.Read("/no/such/folder", "x"));
        Assert.Contains("/no/such/folder", error.Message, StringComparison.Ordinal);
    }
}
