using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.UnitTests.Onnx;

namespace AkiDb.Bridge.UnitTests.Models;

/// <summary>The same model, written in another way that people's folders have.</summary>
public sealed class FolderVariantsTests
{
    private const string Bert = "tiny-bert-cls";

    public static TheoryData<string, string, string?> Variants => new()
    {
        { "config.json", "layer_norm_eps", null },
        { "config.json", "type_vocab_size", null },
        { "config.json", "auto_map", "{\"AutoConfig\": \"configuration_bert.BertConfig\", \"AutoModel\": \"org/name--modeling_bert.BertModel\", \"AutoModelForMaskedLM\": \"modeling_bert.BertForMaskedLM\"}" },
        { "config.json", "position_embedding_type", null },
        { "config.json", "architectures", null },
        { "config.json", "torch_dtype", "\"float16\"" },
        { "config.json", "unknown_to_everybody", "[1, 2]" },
        { "1_Pooling/config.json", "include_prompt", "true" },
        { "config_sentence_transformers.json", "similarity_fn_name", "\"dot\"" },
        { "tokenizer_config.json", "model_max_length", "1e30" },
        { "tokenizer_config.json", "tokenizer_class", "\"BertTokenizerFast\"" },
        { "tokenizer_config.json", "do_lower_case", null },
        { "sentence_bert_config.json", "do_lower_case", "true" },
        { "sentence_bert_config.json", "model_args", "{\"add_pooling_layer\": false}" },
        { "sentence_bert_config.json", "model_kwargs", "{\"add_pooling_layer\": false}" },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task What_says_the_same_is_the_same_model(string file, string member, string? json)
    {
        using var copy = new ModelCopy(Bert);
        var expected = await ModelFingerprints.ComputeAsync(copy.Read(), TestContext.Current.CancellationToken);

        copy.Set(file, member, json);

        Assert.Equal(expected, await ModelFingerprints.ComputeAsync(copy.Read(), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("{\"word_embedding_dimension\": 96, \"pooling_mode_cls_token\": true, \"pooling_mode_mean_tokens\": false}")]
    [InlineData("{\"embedding_dimension\": 96, \"pooling_mode\": \"cls\", \"include_prompt\": true}")]
    [InlineData("{\"pooling_mode\": [\"cls\"]}")]
    public async Task Pooling_of_every_version_is_the_same_pooling(string pooling)
    {
        using var copy = new ModelCopy(Bert);
        var expected = await ModelFingerprints.ComputeAsync(copy.Read(), TestContext.Current.CancellationToken);

        Assert.Equal(expected, await ModelFingerprints.ComputeAsync(copy.Write("1_Pooling/config.json", pooling).Read(), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Files_for_other_programs_change_nothing()
    {
        using var copy = new ModelCopy(Bert);
        var expected = await ModelFingerprints.ComputeAsync(copy.Read(), TestContext.Current.CancellationToken);
        foreach (var file in new[] { "onnx/model.onnx", "openvino/openvino_model.xml", ".gitattributes", "README.md", "pytorch_model.bin", "tf_model.h5", "rust_model.ot" })
        {
            copy.Write(file, "junk");
        }

        Assert.Equal(expected, await ModelFingerprints.ComputeAsync(copy.Read(), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Transformer_in_a_folder_of_its_own_is_the_same_model()
    {
        using var copy = new ModelCopy(Bert);
        var expected = await ModelFingerprints.ComputeAsync(copy.Read(), TestContext.Current.CancellationToken);
        var inner = Directory.CreateDirectory(Path.Combine(copy.Folder, "0_Transformer"));
        foreach (var file in new[] { "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt", "sentence_bert_config.json" })
        {
            File.Move(Path.Combine(copy.Folder, file), Path.Combine(inner.FullName, file));
        }

        copy.Set("modules.json", "0.path", "\"0_Transformer\"");

        Assert.Equal(expected, await ModelFingerprints.ComputeAsync(copy.Read(), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("{\"AutoModel\": \"org/name--modeling_bert.JinaBertModel\"}")]
    [InlineData("{\"AutoConfig\": \"configuration.MyConfig\"}")]
    [InlineData("{\"AutoModel\": [\"modeling_bert.BertModel\"]}")]
    [InlineData("\"modeling_bert.BertModel\"")]
    public void Classes_of_its_own_are_refused(string map)
    {
        using var copy = new ModelCopy(Bert);

        Assert.Contains("'auto_map'", copy.Set("config.json", "auto_map", map).ReadError(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Old_names_of_a_normalisations_tensors_are_understood()
    {
        using var copy = new ModelCopy(Bert);
        var tensors = copy.Read().Weights.Tensors.Select(pair => (
            pair.Key.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal).Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal),
            pair.Value)).ToList();
        copy.Delete("model.safetensors");
        SafetensorsWriter.Write(Path.Combine(copy.Folder, "model.safetensors"), tensors);
        var model = copy.Read() with { Id = Bert };
        await using var engine = OnnxEngine.Load(model, new OnnxOptions(), TimeProvider.System);

        var rows = await EngineCalls.EmbedAsync(engine, model, EngineCalls.Ids(model).Take(1), TestContext.Current.CancellationToken);

        Assert.InRange(EngineCalls.Distance(rows, ReferenceAnswers.Vectors(Bert).AsSpan(0, model.Dimension)), 0, ReferenceAnswers.VectorTolerance);
    }

    [Fact]
    public async Task Gte_as_version_5_of_the_library_writes_it_has_the_same_vectors()
    {
        const string name = "tiny-gte-new";
        Assert.SkipUnless(Directory.Exists(TestPaths.Model(name)), $"The model {name} does not lie beside this checkout.");
        using var copy = new ModelCopy(name);
        var tensors = copy.Read().Weights.Tensors.Where(pair => pair.Key.EndsWith(']') || !(pair.Key.Contains("qkv_proj.", StringComparison.Ordinal) || pair.Key.Contains("up_gate_proj.", StringComparison.Ordinal))).ToList();
        copy.Delete("model.safetensors");
        SafetensorsWriter.Write(Path.Combine(copy.Folder, "model.safetensors"), tensors.Select(pair => (NameInVersion5(pair.Key), pair.Value)));
        foreach (var (member, json) in new[]
        {
            ("model_type", "\"gte\""), ("architectures", "[\"GteModel\"]"), ("auto_map", null), ("rope_scaling", null), ("rope_theta", null),
            ("rope_parameters", "{\"rope_type\": \"linear\", \"factor\": 1.0905077326652577, \"rope_theta\": 1000000}"),
        })
        {
            copy.Set("config.json", member, json);
        }

        var model = copy.Read() with { Id = name };
        await using var engine = OnnxEngine.Load(model, new OnnxOptions(), TimeProvider.System);

        var rows = await EngineCalls.EmbedAsync(engine, model, EngineCalls.Ids(model).Take(100), TestContext.Current.CancellationToken);

        Assert.Equal("gte", model.Architecture.Name);
        Assert.InRange(EngineCalls.Distance(rows, ReferenceAnswers.Vectors(name).AsSpan(0, rows.Length)), 0, ReferenceAnswers.ToleranceOf(name));
    }

    [Fact]
    public async Task Rows_of_mpnets_table_that_the_library_never_reads_change_nothing()
    {
        const string Name = "tiny-mpnet";
        using var copy = new ModelCopy(Name);
        var tensors = copy.Read().Weights.Tensors.Select(pair => (
            pair.Key,
            pair.Key == EncoderArchitecture.RelativeBias ? pair.Value with { Shape = [64, pair.Value.Shape[1]], Length = 2 * pair.Value.Length } : pair.Value)).ToList();
        copy.Delete("model.safetensors").Set("config.json", "relative_attention_num_buckets", "64");
        SafetensorsWriter.Write(Path.Combine(copy.Folder, "model.safetensors"), tensors);
        var model = copy.Read() with { Id = Name };
        await using var engine = OnnxEngine.Load(model, new OnnxOptions(), TimeProvider.System);

        var rows = await EngineCalls.EmbedAsync(engine, model, EngineCalls.Ids(model).Take(100), TestContext.Current.CancellationToken);

        Assert.InRange(EngineCalls.Distance(rows, ReferenceAnswers.Vectors(Name).AsSpan(0, rows.Length)), 0, ReferenceAnswers.VectorTolerance);
    }

    [Fact]
    public void Table_of_mpnet_that_the_library_would_read_beyond_is_refused()
    {
        using var copy = new ModelCopy("tiny-mpnet");

        Assert.Contains("accepted is 32 or more", copy.Set("config.json", "relative_attention_num_buckets", "16").ReadError(), StringComparison.Ordinal);
    }

    private static string NameInVersion5(string name)
    {
        var (old, renewed) = (EncoderLayout.Of("new"), EncoderLayout.Of("gte"));
        (LinearName Old, LinearName New)[] linears =
        [
            (old.Query, renewed.Query), (old.Key, renewed.Key), (old.Value, renewed.Value), (old.AttentionOutput, renewed.AttentionOutput),
            (old.Up, renewed.Up), (old.Gate!.Value, renewed.Gate!.Value), (old.Down, renewed.Down),
        ];
        foreach (var (before, after) in linears)
        {
            name = name.Replace($".{before.Weight}", $".{after.Weight}", StringComparison.Ordinal).Replace($".{before.Bias}", $".{after.Bias}", StringComparison.Ordinal);
        }

        return name.Replace($".{old.AttentionNorm}.", $".{renewed.AttentionNorm}.", StringComparison.Ordinal)
            .Replace($".{old.OutputNorm}.", $".{renewed.OutputNorm}.", StringComparison.Ordinal)
            .Replace(old.Layer, renewed.Layer, StringComparison.Ordinal);
    }
}
