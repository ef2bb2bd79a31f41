using AkiDb.Bridge.Models;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Models;

/// <summary>What a configuration of the newer families says and nothing here computes is refused by its member. The folders may lie beside the checkout.</summary>
public sealed class FamilyRejectionTests
{
    private const string Modern = "tiny-modernbert";
    private const string Nomic = "tiny-nomic-bert";
    private const string New = "tiny-gte-new";
    private const string Jina = "tiny-jina-bert";
    private const string Gemma = "tiny-gemma3";
    private const string Qwen = "tiny-qwen2";

    /// <summary>Model, member, its new JSON value.</summary>
    public static TheoryData<string, string, string> Mutations => new()
    {
        { Modern, "hidden_activation", "\"prelu\"" },
        { Modern, "position_embedding_type", "\"relative_key\"" },
        { Modern, "local_attention", "0" },
        { Modern, "num_attention_heads", "7" },
        { Modern, "num_attention_heads", "32" },
        { Modern, "rope_scaling", "{\"rope_type\": \"yarn\", \"factor\": 2}" },
        { Modern, "rope_parameters", "{\"full_attention\": {\"rope_type\": \"dynamic\", \"rope_theta\": 160000, \"factor\": 2}}" },
        { Modern, "rope_parameters", "{\"rope_theta\": 160000}" },
        { Modern, "layer_types", "[\"full_attention\"]" },
        { Modern, "layer_types", "[\"full_attention\", \"chunked_attention\", \"full_attention\", \"full_attention\", \"full_attention\"]" },
        { Modern, "is_decoder", "true" },
        { Modern, "pruned_heads", "{\"0\": [1]}" },
        { Modern, "auto_map", "{\"AutoModel\": \"modeling.MyModel\"}" },
        { Nomic, "activation_function", "\"gelu\"" },
        { Nomic, "hidden_act", "\"gelu\"" },
        { Nomic, "prenorm", "true" },
        { Nomic, "causal", "true" },
        { Nomic, "parallel_block", "true" },
        { Nomic, "use_rms_norm", "true" },
        { Nomic, "rotary_emb_fraction", "0.5" },
        { Nomic, "rotary_emb_interleaved", "true" },
        { Nomic, "rotary_emb_scale_base", "512" },
        { Nomic, "rotary_scaling_factor", "2" },
        { Nomic, "scale_attn_weights", "false" },
        { Nomic, "scale_attn_by_inverse_layer_idx", "true" },
        { Nomic, "moe_every_n_layers", "2" },
        { Nomic, "rotary_emb_base", "10000" },
        { Nomic, "hidden_size", "128" },
        { Nomic, "auto_map", "{\"AutoModel\": \"modeling.OtherModel\"}" },
        { New, "position_embedding_type", "\"absolute\"" },
        { New, "layer_norm_type", "\"rms_norm\"" },
        { New, "pack_qkv", "false" },
        { New, "logn_attention_scale", "true" },
        { New, "logn_attention_clip1", "true" },
        { New, "rope_scaling", "{\"type\": \"linear\", \"factor\": 2}" },
        { New, "rope_scaling", "{\"type\": \"ntk\", \"factor\": 2, \"mixed_b\": 0.5}" },
        { New, "rope_scaling", "{\"factor\": 2}" },
        { New, "hidden_act", "\"laplace\"" },
        { Jina, "feed_forward_type", "\"original\"" },
        { Jina, "auto_map", "{\"AutoModel\": \"modeling.BertModel\"}" },
        { Gemma, "attn_logit_softcapping", "50" },
        { Gemma, "hidden_activation", "\"xielu\"" },
        { Gemma, "rope_scaling", "{\"rope_type\": \"dynamic\", \"factor\": 8}" },
        { Gemma, "sliding_window", "0" },
        { Gemma, "layer_types", "[\"full_attention\"]" },
        { Gemma, "num_key_value_heads", "3" },
        { Gemma, "head_dim", "23" },
        { Qwen, "hidden_act", "\"prelu\"" },
        { Qwen, "attention_bias", "false" },
        { Qwen, "rope_scaling", "{\"type\": \"longrope\", \"factor\": 4}" },
        { Qwen, "rope_scaling", "{\"type\": \"yarn\", \"rope_type\": \"linear\", \"factor\": 4}" },
        { Qwen, "rope_scaling", "{\"type\": \"yarn\"}" },
        { Qwen, "rope_scaling", "{\"type\": \"linear\", \"factor\": 4, \"surprise\": 1}" },
        { Qwen, "rope_scaling", "{\"type\": \"linear\", \"factor\": 4, \"partial_rotary_factor\": 0.5}" },
        { Qwen, "layer_types", "[\"sliding_attention\", \"full_attention\", \"full_attention\"]" },
        { Qwen, "num_key_value_heads", "3" },
        { Qwen, "quantization_config", "{\"bits\": 4}" },
    };

    [Theory]
    [MemberData(nameof(Mutations))]
    public void Member_that_nothing_here_computes_is_named(string model, string member, string json)
    {
        using var copy = CopyOf(model);

        var message = copy.Set("config.json", member, json).ReadError();

        Assert.Contains(member, message, StringComparison.Ordinal);
        Assert.Contains("config.json", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("activation_function", "\"torch.nn.modules.activation.Softmax\"")]
    [InlineData("activation_function", "\"elsewhere.Tanh\"")]
    [InlineData("in_features", "65")]
    [InlineData("use_residual", "true")]
    [InlineData("module_input_name", "\"token_embeddings\"")]
    [InlineData("surprise", "1")]
    public void Dense_module_that_nothing_here_computes_is_refused_by_its_member(string member, string json)
    {
        using var copy = new ModelCopy("tiny-distilbert");

        var message = copy.Set("2_Dense/config.json", member, json).ReadError();

        Assert.Contains($"'{member}'", message, StringComparison.Ordinal);
        Assert.Contains("2_Dense", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nomic_that_names_no_activation_is_refused()
    {
        using var copy = CopyOf(Nomic);

        copy.Set("config.json", "activation_function", null).Read();

        Assert.Contains("'hidden_act' is missing", copy.Set("config.json", "hidden_act", null).ReadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Nomic_with_gpt2s_names_alone_has_the_defaults_of_its_own_code()
    {
        const string Old = "tiny-nomic-bert-old-config";
        using var copy = CopyOf(Nomic);
        Assert.SkipUnless(Directory.Exists(TestPaths.Model(Old)), $"The model {Old} does not lie beside this checkout.");
        copy.Write("config.json", File.ReadAllText(Path.Combine(TestPaths.Model(Old), "config.json"))).Set("config.json", "layer_norm_epsilon", null);

        Assert.Equal(1e-5, ((EncoderArchitecture)copy.Read().Architecture).LayerNormEpsilon);
        Assert.Contains("'rotary_emb_fraction' is missing", copy.Set("config.json", "rotary_emb_fraction", null).ReadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Tensor_of_a_layer_that_nothing_reads_is_refused()
    {
        const string Unknown = "layers.1.attn.q_norm.weight";
        using var copy = CopyOf(Modern);
        var model = copy.Read();
        var tensors = model.Weights.Tensors.Where(tensor => !tensor.Key.EndsWith(']')).Select(tensor => (tensor.Key, tensor.Value)).ToList();
        tensors.Add((Unknown, model.Weights.Tensors["layers.1.attn_norm.weight"]));
        copy.Delete("model.safetensors");
        SafetensorsWriter.Write(Path.Combine(copy.Folder, "model.safetensors"), tensors);

        Assert.Contains($"'{Unknown}' is not understood", copy.ReadError(), StringComparison.Ordinal);
    }

    private static ModelCopy CopyOf(string model)
    {
        Assert.SkipUnless(Directory.Exists(TestPaths.Model(model)), $"The model {model} does not lie beside this checkout.");
        return new ModelCopy(model);
    }
}
