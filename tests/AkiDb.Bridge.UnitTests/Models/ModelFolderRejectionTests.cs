namespace AkiDb.Bridge.UnitTests.Models;

/// <summary>What is not understood is refused, by a sentence that names file, member and value: here is all of it in one table.</summary>
public sealed class ModelFolderRejectionTests
{
    private const string Bert = "tiny-bert-cls";
    private const string Cased = "tiny-bert-cased";
    private const string Qwen = "tiny-qwen3";
    private const string New = "tiny-qwen3-new-layout";
    private const string Gemma = "tiny-gemma3";

    /// <summary>Model, file, member, its new JSON value (null removes it), words of the message besides the file's name.</summary>
    public static TheoryData<string, string, string, string?, string> Mutations => new()
    {
        { Bert, "config.json", "model_type", "\"albert\"", "'model_type' is \"albert\"" },
        { Bert, "config.json", "model_type", null, "'model_type' is absent" },
        { Bert, "config.json", "architectures", "[\"NewModel\"]", "NewModel" },
        { Bert, "config.json", "architectures", "[7]", "array of strings" },
        { Bert, "config.json", "auto_map", "{\"AutoModel\": \"x.Y\"}", "code of its own" },
        { Bert, "config.json", "quantization_config", "{\"bits\": 4}", "quantization_config" },
        { Bert, "config.json", "hidden_act", "\"laplace\"", "accepted is \"gelu\"" },
        { Bert, "config.json", "hidden_act", "7", "a string" },
        { Bert, "config.json", "position_embedding_type", "\"relative_key\"", "accepted is \"absolute\"" },
        { Bert, "config.json", "is_decoder", "true", "accepted is false" },
        { Bert, "config.json", "add_cross_attention", "true", "accepted is false" },
        { Bert, "config.json", "pruned_heads", "{\"0\": [1]}", "pruned_heads" },
        { Bert, "config.json", "torch_dtype", "\"float64\"", "torch_dtype" },
        { Bert, "config.json", "dtype", "\"int8\"", "\"float32\" or \"float16\" or \"bfloat16\"" },
        { Bert, "config.json", "hidden_size", "0", "'hidden_size' is 0" },
        { Bert, "config.json", "hidden_size", "-5", "'hidden_size' is -5" },
        { Bert, "config.json", "hidden_size", "9223372036854775808", "whole number" },
        { Bert, "config.json", "hidden_size", "96.5", "whole number" },
        { Bert, "config.json", "hidden_size", "\"96\"", "whole number" },
        { Bert, "config.json", "hidden_size", null, "'hidden_size' is missing" },
        { Bert, "config.json", "num_attention_heads", "7", "divisor of hidden_size, 96" },
        { Bert, "config.json", "num_hidden_layers", "4", "'encoder.layer.3.attention.self.query.weight' is missing" },
        { Bert, "config.json", "vocab_size", "8001", "shape [8000, 96], but config.json asks for [8001, 96]" },
        { Bert, "config.json", "layer_norm_eps", "1e999", "finite number" },
        { Bert, "config.json", "layer_norm_eps", "0", "above 0" },
        { Bert, "1_Pooling/config.json", "word_embedding_dimension", "384", "hidden_size of config.json, 96" },
        { Bert, "1_Pooling/config.json", "pooling_mode_cls_token", "false", "no pooling is chosen" },
        { Bert, "1_Pooling/config.json", "pooling_mode_cls_token", "\"yes\"", "true or false" },
        { Bert, "1_Pooling/config.json", "pooling_mode", "\"attention\"", "\"attention\"" },
        { Bert, "1_Pooling/config.json", "pooling_mode", "[\"cls\", \"attention\"]", "one or several of" },
        { Bert, "1_Pooling/config.json", "pooling_mode", "[]", "one or several of" },
        { Bert, "1_Pooling/config.json", "pooling_mode", "\"cls+mean\"", "one or several of" },
        { Bert, "1_Pooling/config.json", "pooling_mode", "\"mean\"", "not contradicted" },
        { Bert, "1_Pooling/config.json", "pooling_mode_first_last", "true", "pooling_mode_first_last" },
        { Gemma, "config.json", "is_causal", "false", "'use_bidirectional_attention'" },
        { Bert, "modules.json", "1.type", "\"sentence_transformers.models.Dense\"", "sentence_transformers.models.Dense" },
        { Bert, "modules.json", "2.type", "\"sentence_transformers.models.Dense\"", "does not exist" },
        { Bert, "modules.json", "2.type", "\"sentence_transformers.models.LayerNorm\"", "does not exist" },
        { Bert, "modules.json", "2.type", "\"sentence_transformers.models.WordWeights\"", "sentence_transformers.models.WordWeights" },
        { Bert, "config.json", "feed_forward_type", "\"geglu\"", "'feed_forward_type' is \"geglu\"" },
        { Bert, "config.json", "is_encoder_decoder", "true", "accepted is false" },
        { Bert, "modules.json", "0.type", "\"custom.Transformer\"", "custom.Transformer" },
        { Bert, "modules.json", "0.type", null, "'[0].type' is missing" },
        { Bert, "modules.json", "0.path", "\"0_Transformer\"", "0_Transformer" },
        { Bert, "modules.json", "0.kwargs", "[\"task\"]", "kwargs" },
        { Bert, "modules.json", "1.path", "\"../elsewhere\"", "inside the model's folder" },
        { Bert, "modules.json", "1.path", "\"/etc\"", "inside the model's folder" },
        { Bert, "modules.json", "1.path", "\"\"", "inside the model's folder" },
        { Bert, "modules.json", "1.path", "\"no_such\"", "does not exist" },
        { Cased, "sentence_bert_config.json", "do_lower_case", "true", "where tokenizer.json lower-cases" },
        { Bert, "sentence_bert_config.json", "max_seq_length", "0", "'max_seq_length' is 0" },
        { Bert, "sentence_bert_config.json", "max_seq_length", "\"256\"", "whole number" },
        { Bert, "sentence_bert_config.json", "model_args", "{\"x\": 1}", "model_args" },
        { Bert, "sentence_bert_config.json", "surprise", "1", "'surprise' is 1" },
        { New, "sentence_bert_config.json", "transformer_task", "\"fill-mask\"", "feature-extraction" },
        { New, "sentence_bert_config.json", "module_output_name", "\"scores\"", "token_embeddings" },
        { New, "sentence_bert_config.json", "modality_config.text.method", "\"get_text_features\"", "'modality_config.text.method'" },
        { New, "sentence_bert_config.json", "modality_config.text.method_output_name", "\"pooler_output\"", "last_hidden_state" },
        { New, "sentence_bert_config.json", "modality_config.image", "{}", "modality_config.image" },
        { New, "2_Normalize/config.json", "module_output_name", "\"token_embeddings\"", "sentence_embedding" },
        { Bert, "config_sentence_transformers.json", "model_type", "\"SparseEncoder\"", "SparseEncoder" },
        { Bert, "config_sentence_transformers.json", "truncate_dim", "64", "'truncate_dim' is 64" },
        { Bert, "config_sentence_transformers.json", "default_prompt_name", "\"query\"", "'default_prompt_name' is \"query\"" },
        { Bert, "config_sentence_transformers.json", "prompts", "[]", "an object" },
        { Bert, "config_sentence_transformers.json", "prompts", "{\"query\": 1}", "'prompts.query' is 1" },
        { Qwen, "config.json", "hidden_act", "\"prelu\"", "\"silu\"" },
        { Qwen, "config.json", "rope_scaling", "{\"rope_type\": \"longrope\", \"factor\": 4}", "longrope" },
        { Qwen, "config.json", "head_dim", "31", "even number" },
        { Qwen, "config.json", "num_key_value_heads", "3", "divisor of num_attention_heads, 8" },
        { Qwen, "config.json", "num_key_value_heads", "4", "k_proj.weight" },
        { New, "config.json", "rope_parameters.rope_type", "\"longrope\"", "'rope_parameters.rope_type' is \"longrope\"" },
        { New, "config.json", "rope_parameters.factor", "4", "rope_parameters.factor" },
        { New, "config.json", "rope_theta", "5", "1000000" },
        { New, "config.json", "layer_types.1", "\"sliding_attention\"", "each of the 4 layers" },
        { New, "config.json", "layer_types", "[\"full_attention\"]", "each of the 4 layers" },
    };

    [Fact]
    public void Lower_casing_before_a_tokenizer_whose_config_keeps_the_case_is_refused()
    {
        using var copy = new ModelCopy(Bert);
        copy.Set("sentence_bert_config.json", "do_lower_case", "true").Set("tokenizer_config.json", "do_lower_case", "false");

        Assert.Contains("'do_lower_case' is true", copy.ReadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Decoder_whose_tokens_see_what_follows_may_be_neither_mistrals_nor_have_a_window()
    {
        using var mistral = new ModelCopy(Qwen).Set("config.json", "is_causal", "false").Set("config.json", "model_type", "\"mistral\"").Set("config.json", "architectures", "[\"MistralModel\"]");
        using var window = new ModelCopy(Qwen).Set("config.json", "is_causal", "false").Set("config.json", "use_sliding_window", "true").Set("config.json", "sliding_window", "6");

        Assert.Contains("would depend on the version", mistral.ReadError(), StringComparison.Ordinal);
        Assert.Contains("'use_sliding_window' to false", window.ReadError(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Mutations))]
    public void Member_that_is_not_understood_is_named(string model, string file, string member, string? json, string words)
    {
        using var copy = new ModelCopy(model);
        var message = copy.Set(file, member, json).ReadError();

        Assert.Contains(words, message, StringComparison.Ordinal);
        if (!words.Contains("weight", StringComparison.Ordinal) && !words.StartsWith("shape", StringComparison.Ordinal))
        {
            Assert.Contains(copy.Folder, message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("config.json", "{\n  \"a\": 1,\n  // no\n}", "line 3")]
    [InlineData("config.json", "{\"a\": 1,}", "line 1")]
    [InlineData("config.json", "", "not valid JSON")]
    [InlineData("config.json", "{\"model_type\": \"\\ud800\"}", "not valid JSON")]
    [InlineData("config.json", "[]", "array where an object is needed")]
    [InlineData("modules.json", "{}", "array of objects")]
    [InlineData("modules.json", "[1]", "array of objects")]
    [InlineData("modules.json", "[]", "0 module(s)")]
    [InlineData("tokenizer_config.json", "{", "not valid JSON")]
    public void Broken_file_is_named(string file, string text, string words)
    {
        using var copy = new ModelCopy(Bert);
        var message = copy.Write(file, text).ReadError();

        Assert.Contains(Path.Combine(copy.Folder, file), message, StringComparison.Ordinal);
        Assert.Contains(words, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("1_Pooling/config.json")]
    public void Missing_file_is_named(string file)
    {
        using var copy = new ModelCopy(Bert);
        Assert.Contains($"{Path.Combine(copy.Folder, file)}: does not exist", copy.Delete(file).ReadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Random_damage_of_configuration_never_does_anything_else_than_refuse()
    {
        using var copy = new ModelCopy(New);
        var random = new Random(7);
        string[] files = ["config.json", "modules.json", "1_Pooling/config.json", "2_Normalize/config.json", "sentence_bert_config.json", "config_sentence_transformers.json", "tokenizer_config.json"];
        string[] pieces = ["99999999999999999999", "-1", "null", "[", "]", "}", "\"", "\\ud800", "\0", "1e400", "{}", "true", ",", "..", "/"];
        for (var round = 0; round < 400; round++)
        {
            var file = files[random.Next(files.Length)];
            var text = File.ReadAllText(Path.Combine(copy.Folder, file));
            var at = random.Next(text.Length);
            copy.Write(file, text[..at] + pieces[random.Next(pieces.Length)] + text[Math.Min(text.Length, at + random.Next(4))..]);

            var error = Record.Exception(copy.Read);
            Assert.True(error is null or BridgeException, $"round {round}, {file}: {error}");
            copy.Write(file, text);
        }
    }

    [Fact]
    public void Adapter_is_refused()
    {
        using var copy = new ModelCopy(Bert);
        Assert.Contains("adapter", copy.Write("adapter_config.json", "{}").ReadError(), StringComparison.Ordinal);
    }
}
