using System.Security.Cryptography;

namespace AkiDb.Bridge.Models;

/// <summary>Reads a model folder in the layout of Hugging Face and sentence-transformers, once and strictly.</summary>
/// <remarks>
/// 1. Modules.        Which steps the model has: transformer, pooling, and what becomes of the vector.
/// 2. Architecture.   The numbers of config.json.
/// 3. Pooling.        One of six or several, each as wide as the transformer.
/// 4. Prompts.        What may stand before an input.
/// 5. Maximum tokens. Where an input is cut.
/// 6. Weights.        The files, and that every tensor is there.
/// What is not understood is an error that names file, member and value: a guess would be a wrong vector.
/// </remarks>
internal static class ModelFolder
{
    /// <summary>Reads the folder of a model that was found.</summary>
    /// <inheritdoc cref="Read(string, string, string?, string?)" path="/exception"/>
    public static TransformerModel Read(ModelLocation location) =>
        Read(location.Folder, location.Id, location.Revision, location.Converted) with { Manifest = FolderReading.ManifestOf(location) };

    /// <summary>Reads a folder that is a model's, under the name that it is to have.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="id">The name.</param>
    /// <param name="revision">The hub's commit; null where there is none.</param>
    /// <param name="converted">Where weights that were converted lie; null for nowhere.</param>
    /// <exception cref="BridgeException">The folder cannot be served (<see cref="BridgeErrorKind.BadModel"/>).</exception>
    public static TransformerModel Read(string folder, string id, string? revision = null, string? converted = null) =>
        FolderReading.Read(folder, converted, (at, content) => ReadExisting(at, id, revision, content));

    private static TransformerModel ReadExisting(string folder, string id, string? revision, SealedFiles content)
    {
        var modules = ModulesFile.Read(folder);
        RejectContradictions(folder, hasModules: modules is not null);
        var transformer = modules?.Transformer ?? folder;
        RejectContradictions(transformer, hasModules: modules is not null);
        var config = JsonFile.ReadObject(Path.Combine(transformer, "config.json"));
        var architecture = ArchitectureConfig.Read(config);
        var pooling = modules is null
            ? DefaultPooling(config)
            : PoolingConfig.Read(Path.Combine(modules.Pooling, "config.json"), architecture.HiddenSize);
        var prompts = PromptsFile.Read(folder);
        var (tokenizerFile, tokenizer) = TokenizerSource.Read(transformer, config);
        var (maxTokens, source) = MaxTokensRule.Apply(
            SentenceBertConfig.ReadMaxTokens(transformer, tokenizerFile, tokenizer),
            MaxTokensRule.ReadTokenizerMaximum(transformer),
            architecture.LongestText,
            architecture.HasPositionTable);
        var (files, tensors) = WeightFiles.Read(transformer, content);
        architecture = EncoderLayout.AsNamed(architecture, tensors.Keys);
        var known = new Dictionary<string, TensorEntry>(tensors, StringComparer.Ordinal);
        var (behind, normalize) = VectorModules.Read(modules, pooling.Poolings.Count * architecture.HiddenSize, content, known);
        string[] all = [.. files, .. behind.Select(module => module.File).OfType<string>()];
        return new TransformerModel
        {
            Id = id,
            Revision = revision,
            Folder = folder,
            Content = content,
            Architecture = architecture,
            Weights = WeightsCheck.Check(transformer, files, known, architecture) with { Files = all },
            TokenizerFile = tokenizerFile,
            TokenizerJson = tokenizer,
            TokenizerSha256 = Convert.ToHexStringLower(SHA256.HashData(tokenizer)),
            Pooling = pooling.Poolings[0],
            FurtherPoolings = [.. pooling.Poolings.Skip(1)],
            PoolsPrompt = pooling.IncludesPrompt,
            Modules = behind,
            Normalize = normalize,
            MaxTokens = maxTokens,
            MaxTokensSource = source,
            Prompts = prompts.Prompts,
            DefaultPromptName = prompts.DefaultName,
        };
    }

    /// <summary>What the library does with a folder without modules: the last token for a language model's weights, else the mean.</summary>
    private static PoolingConfig DefaultPooling(JsonMembers config) =>
        new([ArchitectureConfig.IsCausalLanguageModel(config) ? Pooling.LastToken : Pooling.Mean], IncludesPrompt: true);

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
}
