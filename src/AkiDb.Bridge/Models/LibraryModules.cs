namespace AkiDb.Bridge.Models;

/// <summary>What the modules of a folder make of a text, as far as the host must know it.</summary>
/// <param name="Dimension">The components of the last module's vectors.</param>
/// <param name="Pooling">The poolings, joined by plus signs; the library's name where it has none to say.</param>
/// <param name="Normalizes">Whether the last module that changes a vector's length makes it 1.</param>
/// <param name="MaxTokens">The most tokens of one input; <see cref="int.MaxValue"/> where no file says so.</param>
/// <param name="Weights">The safetensors files of all modules, symbolic links resolved.</param>
internal sealed record LibraryModules(int Dimension, string Pooling, bool Normalizes, int MaxTokens, IReadOnlyList<string> Weights)
{
    private const string OwnPackage = "sentence_transformers.";

    /// <summary>Reads <c>modules.json</c> and what it names; without it the folder is one transformer, which the library pools as it sees fit.</summary>
    public static LibraryModules Read(string folder, SealedFiles content)
    {
        RejectForeignCode(folder);
        var modules = ModulesFile.ReadList(folder);
        ModelFolder.RejectContradictions(folder, hasModules: modules is not null);
        var result = new LibraryModules(0, LibraryModel.Library, false, int.MaxValue, []);
        foreach (var (type, path) in modules?.Select(module => ModuleOf(folder, module)) ?? [(OwnPackage + "models.Transformer", folder)])
        {
            result = result.With(type, path, content);
        }

        return result.Dimension > 0 ? result : throw BadModel.In(folder, "its modules do not say how many components a vector has.");
    }

    private static (string Type, string Path) ModuleOf(string folder, JsonMembers module)
    {
        var type = module.Text("type") ?? throw module.Missing("type", "the name of a module");
        return type.StartsWith(OwnPackage, StringComparison.Ordinal)
            ? (type, ModulesFile.FolderOf(folder, module, orItself: true))
            : throw module.Wrong("type", "a module of sentence_transformers: a model that needs program code of its own is never run");
    }

    private LibraryModules With(string type, string path, SealedFiles content)
    {
        switch (type[(type.LastIndexOf('.') + 1)..])
        {
            case "Transformer":
                var config = JsonFile.ReadObject(Path.Combine(path, "config.json"));
                return this with
                {
                    Dimension = config.OptionalCount("hidden_size") ?? config.OptionalCount("d_model") ?? config.OptionalCount("dim") ?? config.OptionalCount("n_embd")
                        ?? throw config.Missing("hidden_size", "the size of a token's vector, also as 'd_model', 'dim' or 'n_embd'"),
                    MaxTokens = LibraryMaxTokens.Read(path, config),
                    Weights = [.. Weights, .. WeightFiles.Read(path, content).Files],
                };
            case "Pooling":
                var (pooling, width) = LibraryPooling.Read(Path.Combine(path, "config.json"), Dimension);
                return this with { Pooling = pooling, Dimension = width, Normalizes = false };
            case "Dense":
                var dense = JsonFile.ReadObject(Path.Combine(path, "config.json"));
                return this with { Dimension = dense.Count("out_features"), Normalizes = false, Weights = [.. Weights, .. WeightFiles.Read(path, content).Files] };
            case "LayerNorm":
                return this with { Normalizes = false, Weights = [.. Weights, .. WeightFiles.Read(path, content).Files] };
            case "StaticEmbedding":
                var (files, tensors) = WeightFiles.Read(path, content);
                var table = tensors.GetValueOrDefault("embedding.weight") ?? tensors.GetValueOrDefault("embeddings");
                return this with { Dimension = (int)(table?.Shape[^1] ?? throw BadModel.In(path, "has no tensor 'embedding.weight'.")), Weights = [.. Weights, .. files] };
            case "Normalize":
                return this with { Normalizes = true };
            case "Dropout":
                return this;
            default:
                throw BadModel.In(path, $"the module {type} is not served; accepted are Transformer, StaticEmbedding, Pooling, Dense, LayerNorm, Normalize and Dropout.");
        }
    }

    private static void RejectForeignCode(string folder)
    {
        if (JsonFile.ReadObjectIfPresent(Path.Combine(folder, "config.json")) is { } config)
        {
            ForeignCode.Reject(config, forLibrary: true);
        }

        if (JsonFile.ReadObjectIfPresent(Path.Combine(folder, "tokenizer_config.json")) is { } tokenizer && tokenizer.Has("auto_map"))
        {
            throw tokenizer.Wrong("auto_map", "null: a model that needs program code of its own is never run");
        }
    }
}
