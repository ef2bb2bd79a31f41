namespace AkiDb.Bridge.Models;

/// <summary>Reads a model folder in the layout of Hugging Face and sentence-transformers, once and strictly.</summary>
/// <remarks>
/// 1. Modules.        Which steps the model has: transformer, pooling, perhaps normalisation.
/// 2. Architecture.   The numbers of config.json.
/// 3. Pooling.        One of six, as wide as the transformer.
/// 4. Prompts.        What may stand before an input.
/// 5. Maximum tokens. Where an input is cut.
/// 6. Weights.        The files, and that every tensor is there.
/// What is not understood is an error that names file, member and value: a guess would be a wrong vector.
/// </remarks>
internal static class ModelFolder
{
    /// <param name="folder">The folder.</param>
    /// <param name="id">The model's canonical name.</param>
    /// <param name="revision">The hub's commit, where known.</param>
    /// <exception cref="BridgeException">The folder cannot be served (<see cref="BridgeErrorKind.BadModel"/>).</exception>
    public static TransformerModel Read(string folder, string id, string? revision = null)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!Directory.Exists(folder))
        {
            throw BadModel.In(folder, "there is no such folder.");
        }

        try
        {
            return ReadExisting(folder, id, revision);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw BadModel.In(folder, $"cannot be read ({error.Message}).", error);
        }
    }

    private static TransformerModel ReadExisting(string folder, string id, string? revision)
    {
        var modules = ModulesFile.Read(folder);
        RejectContradictions(folder, hasModules: modules is not null);
        var config = JsonFile.ReadObject(Path.Combine(folder, "config.json"));
        var architecture = ArchitectureConfig.Read(config);
        var pooling = modules is null
            ? DefaultPooling(config)
            : PoolingConfig.Read(Path.Combine(modules.Pooling, "config.json"), architecture.HiddenSize);
        if (modules?.Normalize is { } normalize)
        {
            NormalizeConfig.Check(normalize);
        }

        var prompts = PromptsFile.Read(folder);
        if (!pooling.IncludesPrompt && prompts.Prompts.Values.Any(prompt => prompt.Length > 0))
        {
            throw BadModel.Foreign(
                Path.Combine(modules!.Pooling, "config.json"),
                "'include_prompt' is false, and the model has prompts: pooling without the prompt's tokens is not understood; accepted is true.");
        }

        var tokenizerFile = TokenizerFile(folder);
        var (files, tensors) = WeightFiles.Read(folder);
        return new TransformerModel
        {
            Id = id,
            Revision = revision,
            Folder = folder,
            Architecture = architecture,
            Weights = WeightsCheck.Check(folder, files, tensors, architecture),
            TokenizerFile = tokenizerFile,
            Pooling = pooling.Pooling,
            PoolsPrompt = pooling.IncludesPrompt,
            Normalize = modules?.Normalize is not null,
            MaxTokens = MaxTokensRule.Apply(
                SentenceBertConfig.ReadMaxTokens(folder, tokenizerFile), MaxTokensRule.ReadTokenizerMaximum(folder), architecture.MaxPositions),
            Prompts = prompts.Prompts,
            DefaultPromptName = prompts.DefaultName,
        };
    }

    /// <summary>What the library does with a folder without modules: the last token for a language model's weights, else the mean.</summary>
    private static PoolingConfig DefaultPooling(JsonMembers config) =>
        new(ArchitectureConfig.IsCausalLanguageModel(config) ? Pooling.LastToken : Pooling.Mean, IncludesPrompt: true);

    /// <summary>Refuses a folder whose files do not fit together, whoever is to compute it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="hasModules">Whether it has a <c>modules.json</c>.</param>
    public static void RejectContradictions(string folder, bool hasModules)
    {
        var adapter = Path.Combine(folder, "adapter_config.json");
        if (File.Exists(adapter))
        {
            throw BadModel.In(adapter, "an adapter on top of other weights is not understood; accepted is a model with the adapter merged into it.");
        }

        // Half a download must not turn a model with the first token's vector into one with the mean.
        if (!hasModules && Directory.Exists(Path.Combine(folder, "1_Pooling")))
        {
            throw BadModel.In(folder, "has a folder '1_Pooling', but no 'modules.json' that says so. Download the model again, with all its files.");
        }
    }

    private static string TokenizerFile(string folder)
    {
        var file = Path.Combine(folder, "tokenizer.json");
        return File.Exists(file)
            ? file
            : throw BadModel.Foreign(file, "does not exist; accepted is a tokeniser in this one file (save it with a fast tokeniser of transformers).");
    }
}
