using System.Security.Cryptography;

namespace AkiDb.Bridge.Models;

/// <summary>Reads a folder whose model is a table of vectors: sentence-transformers' StaticEmbedding, or model2vec in either of its layouts.</summary>
/// <remarks>With <c>modules.json</c> sentence-transformers' rules count, also for a model2vec folder; without it, model2vec's own.</remarks>
internal static class StaticFolder
{
    // As the model2vec library cuts unless it is told otherwise.
    private const int Model2VecTokens = 512;

    private const string OwnName = "embedding.weight";
    private const string Model2VecName = "embeddings";

    private static readonly string[] TableTypes = ["F32", "F16", "BF16", "F64", "I8"];
    private static readonly string[] WeightTypes = ["F32", "F16", "BF16", "F64"];
    private static readonly string[] MappingTypes = ["I64", "I32"];

    /// <summary>Whether a folder is such a model's.</summary>
    public static bool IsStatic(string folder) => ModulesFile.ReadList(folder) is { } modules
        ? modules.Length > 0 && ModulesFile.IsStatic(modules[0])
        : IsModel2Vec(JsonFile.ReadObjectIfPresent(Path.Combine(folder, "config.json")));

    /// <inheritdoc cref="ModelFolder.Read(ModelLocation)"/>
    public static StaticModel Read(ModelLocation location) =>
        Read(location.Folder, location.Id, location.Revision, location.Converted) with { Manifest = FolderReading.ManifestOf(location) };

    /// <inheritdoc cref="ModelFolder.Read(string, string, string?, string?)"/>
    public static StaticModel Read(string folder, string id, string? revision = null, string? converted = null) =>
        FolderReading.Read(folder, converted, (at, content) => ReadExisting(at, id, revision, content));

    private static bool IsModel2Vec(JsonMembers? config) => config?.Find("model_type") is { ValueKind: System.Text.Json.JsonValueKind.String } type && type.GetString() == "model2vec";

    private static StaticModel ReadExisting(string folder, string id, string? revision, SealedFiles content)
    {
        var (tableFolder, normalizes) = ModulesFile.ReadStatic(folder) ?? (folder, JsonFile.ReadObject(Path.Combine(folder, "config.json")).Flag("normalize") ?? false);
        var asModel2Vec = !File.Exists(Path.Combine(folder, ModulesFile.Name));
        var prompts = PromptsFile.Read(folder);
        var tokenizerFile = Path.Combine(tableFolder, "tokenizer.json");
        var tokenizer = RegularFile.ReadAll(tokenizerFile, JsonFile.MaxBytes);
        var (files, tensors) = WeightFiles.Read(tableFolder, content);
        var (maxTokens, source) = MaxTokens(tokenizerFile, tokenizer, asModel2Vec);
        var isModel2Vec = !tensors.ContainsKey(OwnName);
        var mapping = isModel2Vec ? Vector(tensors, "mapping", MappingTypes) : null;
        var table = Table(tableFolder, tensors, isModel2Vec ? Model2VecName : OwnName);
        var weights = isModel2Vec ? Vector(tensors, "weights", WeightTypes) : null;
        var tokens = mapping?.Shape[0] ?? table.Shape[0];
        if (weights is not null && weights.Shape[0] != tokens)
        {
            throw BadModel.In(weights.File, $"the tensor 'weights' has {weights.Shape[0]} values, but there are {tokens} tokens: they belong to different models. Download the model again.");
        }

        return new StaticModel
        {
            Id = id,
            Revision = revision,
            Folder = folder,
            Content = content,
            Weights = new ModelWeights(files, tensors, ""),
            Table = table,
            Mapping = mapping,
            TokenWeights = weights,
            AsModel2Vec = asModel2Vec,
            TokenizerFile = tokenizerFile,
            TokenizerJson = tokenizer,
            TokenizerSha256 = Convert.ToHexStringLower(SHA256.HashData(tokenizer)),
            Normalize = normalizes,
            MaxTokens = maxTokens,
            MaxTokensSource = source,
            Prompts = prompts.Prompts,
            DefaultPromptName = prompts.DefaultName,
        };
    }

    private static TensorEntry Table(string folder, IReadOnlyDictionary<string, TensorEntry> tensors, string name)
    {
        var table = tensors.GetValueOrDefault(name)
            ?? throw BadModel.In(folder, $"its weights hold neither the tensor '{OwnName}' nor '{Model2VecName}': these are not the weights of a static model.");
        CheckType(name, table, TableTypes);
        return table.Shape is [> 0 and < int.MaxValue, > 0 and <= ushort.MaxValue]
            ? table
            : throw BadModel.In(table.File, $"the tensor '{name}' has shape [{string.Join(", ", table.Shape)}]; accepted are rows x dimension, at most {ushort.MaxValue} wide.");
    }

    private static TensorEntry? Vector(IReadOnlyDictionary<string, TensorEntry> tensors, string name, string[] types)
    {
        if (tensors.GetValueOrDefault(name) is not { } vector)
        {
            return null;
        }

        CheckType(name, vector, types);
        return vector.Shape is [> 0 and < int.MaxValue]
            ? vector
            : throw BadModel.In(vector.File, $"the tensor '{name}' has shape [{string.Join(", ", vector.Shape)}]; accepted is one value for each token.");
    }

    private static void CheckType(string name, TensorEntry tensor, string[] types)
    {
        if (!types.Contains(tensor.Type))
        {
            throw BadModel.In(tensor.File, $"the tensor '{name}' has type {tensor.Type}, which is not understood; accepted is {string.Join(", ", types[..^1])} or {types[^1]}.");
        }
    }

    /// <summary>The libraries switch off the padding that <c>tokenizer.json</c> stores, but not the truncation.</summary>
    private static (int MaxTokens, string Source) MaxTokens(string file, byte[] tokenizer, bool asModel2Vec)
    {
        var root = JsonFile.ParseObject(file, tokenizer);
        if (root.Object("truncation") is not { } truncation)
        {
            return asModel2Vec ? (Model2VecTokens, "what the model2vec library takes") : (int.MaxValue, "");
        }

        if (asModel2Vec)
        {
            throw root.Wrong("truncation", "null, in a folder without modules.json");
        }

        truncation.Expect("direction", "Right");
        return (truncation.Count("max_length"), "'truncation.max_length' of tokenizer.json");
    }
}
