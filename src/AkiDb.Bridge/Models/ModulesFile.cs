using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>Reads <c>modules.json</c>: a transformer, a pooling, and perhaps a normalisation, in this order and nothing else.</summary>
internal static class ModulesFile
{
    /// <summary>The file's name.</summary>
    public const string Name = "modules.json";

    /// <summary>What versions 2 to 6 of sentence-transformers write, and the shorter paths that their loaders accept too.</summary>
    private static readonly string[] TransformerTypes =
    [
        "sentence_transformers.models.Transformer",
        "sentence_transformers.models.Transformer.Transformer",
        "sentence_transformers.base.modules.transformer.Transformer",
        "sentence_transformers.base.modules.Transformer",
        "sentence_transformers.sentence_transformer.modules.Transformer",
    ];

    private static readonly string[] PoolingTypes =
    [
        "sentence_transformers.models.Pooling",
        "sentence_transformers.models.Pooling.Pooling",
        "sentence_transformers.sentence_transformer.modules.pooling.Pooling",
        "sentence_transformers.sentence_transformer.modules.Pooling",
    ];

    private static readonly string[] NormalizeTypes =
    [
        "sentence_transformers.models.Normalize",
        "sentence_transformers.models.Normalize.Normalize",
        "sentence_transformers.base.modules.normalize.Normalize",
        "sentence_transformers.base.modules.Normalize",
        "sentence_transformers.sentence_transformer.modules.normalize.Normalize",
        "sentence_transformers.sentence_transformer.modules.Normalize",
    ];

    private static readonly string[][] Order = [TransformerTypes, PoolingTypes, NormalizeTypes];

    /// <summary>The modules, or null where the folder has no <c>modules.json</c>.</summary>
    public static ModuleFolders? Read(string folder)
    {
        if (ReadList(folder) is not { } modules)
        {
            return null;
        }

        for (var index = 0; index < modules.Length; index++)
        {
            CheckModule(modules[index], index);
        }

        if (modules.Length < 2)
        {
            throw BadModel.Foreign(
                Path.Combine(folder, Name), $"lists {modules.Length} module(s); accepted are Transformer, Pooling and, optionally, Normalize, in this order.");
        }

        return new ModuleFolders(FolderOf(folder, modules[1]), modules.Length > 2 ? FolderOf(folder, modules[2]) : null);
    }

    /// <summary>The objects of the file, whatever they say, or null where the folder has none.</summary>
    public static JsonMembers[]? ReadList(string folder)
    {
        var file = Path.Combine(folder, Name);
        if (!File.Exists(file))
        {
            return null;
        }

        var root = JsonFile.Read(file);
        return root.ValueKind == JsonValueKind.Array && root.EnumerateArray().All(module => module.ValueKind == JsonValueKind.Object)
            ? [.. root.EnumerateArray().Select((module, index) => new JsonMembers(file, $"[{index}].", module))]
            : throw BadModel.In(file, "holds something else than an array of objects.");
    }

    private static void CheckModule(JsonMembers module, int index)
    {
        module.ExpectOnly("idx", "name", "path", "type", "kwargs");
        module.ExpectNothing("kwargs");
        var type = module.Text("type") ?? throw module.Missing("type", "the name of a module");
        if (index >= Order.Length || !Order[index].Contains(type))
        {
            var expected = index < Order.Length ? $"{Order[index][0]} at this place" : "nothing after Normalize";
            throw module.Wrong("type", $"{expected} (Transformer, Pooling and, optionally, Normalize, in this order)");
        }

        if (index == 0)
        {
            module.Expect("path", "");
        }
    }

    /// <summary>The folder of a module.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="module">The module.</param>
    /// <param name="orItself">Whether the model's folder itself will do.</param>
    public static string FolderOf(string folder, JsonMembers module, bool orItself = false)
    {
        var path = module.Text("path") ?? throw module.Missing("path", "a folder inside the model's folder");
        return (path.Length > 0 || orItself) && !path.Contains('\0') && !Path.IsPathRooted(path) && !path.Split('/', '\\').Contains("..")
            ? Path.Combine(folder, path)
            : throw module.Wrong("path", "the name of a folder inside the model's folder, such as \"1_Pooling\"");
    }
}
