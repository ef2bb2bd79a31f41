namespace AkiDb.Bridge.Models;

/// <summary>Reads <c>sentence_bert_config.json</c>, in the layouts of sentence-transformers 2 (lengths) and 5.4 to 6 (tasks and modalities).</summary>
internal static class SentenceBertConfig
{
    /// <summary>The library looks for these in this order, whatever the architecture is.</summary>
    private static readonly string[] Names =
    [
        "sentence_bert_config.json",
        "sentence_roberta_config.json",
        "sentence_distilbert_config.json",
        "sentence_camembert_config.json",
        "sentence_albert_config.json",
        "sentence_xlm-roberta_config.json",
        "sentence_xlnet_config.json",
    ];

    /// <summary>What a pooler makes is not what sentence-transformers pools: with or without it, the vectors are the same.</summary>
    private static readonly string[] WithoutEffect = ["add_pooling_layer"];

    private static readonly string[] ModelArguments = ["model_args", "model_kwargs"];

    private static readonly string[] NeutralOnlyWhenEmpty =
    [
        "tokenizer_args", "processor_kwargs", "config_args", "config_kwargs", "processing_kwargs",
        "tokenizer_name_or_path",
    ];

    private static readonly string[] Known =
    [
        "max_seq_length", "do_lower_case", "transformer_task", "modality_config", "module_output_name", "unpad_inputs", .. ModelArguments, .. NeutralOnlyWhenEmpty,
    ];

    /// <summary>The file of this folder, under the first of its names that there is; null for none.</summary>
    public static string? FileIn(string folder) => Names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>The maximum tokens that the file states, or null.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="tokenizerFile">The tokeniser's file, whose letters <c>do_lower_case</c> is about.</param>
    /// <param name="tokenizer">Its content.</param>
    public static int? ReadMaxTokens(string folder, string tokenizerFile, ReadOnlySpan<byte> tokenizer)
    {
        if (FileIn(folder) is not { } file)
        {
            return null;
        }

        var config = JsonFile.ReadObject(file);
        config.ExpectOnly(Known);
        if ((config.Flag("do_lower_case") ?? false) && !TokenizerLetters.AreLowered(tokenizerFile, tokenizer))
        {
            throw config.Wrong("do_lower_case", "false, or true where tokenizer.json lower-cases anyway");
        }

        config.Expect("transformer_task", "feature-extraction");
        config.Expect("module_output_name", "token_embeddings");
        foreach (var member in NeutralOnlyWhenEmpty)
        {
            config.ExpectNothing(member);
        }

        foreach (var member in ModelArguments)
        {
            foreach (var argument in config.Object(member) is { } arguments ? arguments.Element.EnumerateObject() : default)
            {
                if (!WithoutEffect.Contains(argument.Name))
                {
                    throw config.Wrong(member, $"null, or an object with no other member than {string.Join(", ", WithoutEffect)}");
                }
            }
        }

        if (config.Object("modality_config") is { } modalities)
        {
            modalities.ExpectOnly("text");
            var text = modalities.Object("text") ?? throw modalities.Missing("text", "an object");
            text.ExpectOnly("method", "method_output_name");
            text.Expect("method", "forward");
            text.Expect("method_output_name", "last_hidden_state");
        }

        return config.OptionalCount("max_seq_length");
    }
}
