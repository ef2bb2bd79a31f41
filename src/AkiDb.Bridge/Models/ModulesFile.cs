using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>Reads <c>modules.json</c>: a transformer, a pooling, and whatever of the library's modules follows.</summary>
internal static class ModulesFile
{
    /// <summary>The file's name.</summary>
    public const string Name = "modules.json";

    public const string Dense = "Dense";
    public const string LayerNorm = "LayerNorm";
    public const string Normalize = "Normalize";

    private const string StaticEmbedding = "StaticEmbedding";
    private const string Transformer = "Transformer";
    private const string Pooling = "Pooling";
    private const string Dropout = "Dropout";
    private const string Order = "Transformer, Pooling, and then any of Dense, LayerNorm, Normalize and Dropout";

    private static readonly string[] BehindPooling = [Dense, LayerNorm, Normalize, Dropout];

    /// <summary>The packages that the library's modules lie in, in versions 2 to 6; each class also in a file of its own there.</summary>
    private static readonly (string Package, bool HasClassNamesAsFiles)[] Packages =
        [("sentence_transformers.models.", true), ("sentence_transformers.base.modules.", false), ("sentence_transformers.sentence_transformer.modules.", false)];

    /// <summary>The modules, or null where the folder has no <c>modules.json</c>.</summary>
    public static ModuleList? Read(string folder)
    {
        if (ReadList(folder) is not { } modules)
        {
            return null;
        }

        string[] classes = [.. modules.Select(ClassAt)];
        if (modules.Length < 2)
        {
            throw BadModel.Foreign(Path.Combine(folder, Name), $"lists {modules.Length} module(s); accepted are {Order}.");
        }

        return new ModuleList(
            FolderOf(folder, modules[0], orItself: true),
            FolderOf(folder, modules[1]),
            [.. classes.Zip(modules).Skip(2).Where(module => module.First != Dropout).Select(module => (module.First, FolderOf(folder, module.Second)))]);
    }

    /// <summary>Whether a module is a table of vectors.</summary>
    public static bool IsStatic(JsonMembers module) => module.Find("type") is { ValueKind: JsonValueKind.String } type && IsClass(type.GetString()!, StaticEmbedding);

    /// <summary>The folder of a static model's table, and whether its vectors are normalised; null where the folder has no <c>modules.json</c>.</summary>
    public static (string Table, bool Normalizes)? ReadStatic(string folder)
    {
        if (ReadList(folder) is not { } modules)
        {
            return null;
        }

        for (var index = 0; index < modules.Length; index++)
        {
            CheckMembers(modules[index]);
            if (!(index == 0 ? IsStatic(modules[index]) : index == 1 && IsClass(modules[index].Text("type") ?? "", Normalize)))
            {
                throw modules[index].Wrong("type", "StaticEmbedding and, optionally, Normalize, in this order");
            }
        }

        if (modules.Length > 1)
        {
            NormalizeConfig.Check(FolderOf(folder, modules[1]));
        }

        return (FolderOf(folder, modules[0], orItself: true), modules.Length > 1);
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

    private static void CheckMembers(JsonMembers module)
    {
        module.ExpectOnly("idx", "name", "path", "type", "kwargs");
        module.ExpectNothing("kwargs");
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

    /// <summary>The name of a module's class.</summary>
    private static string ClassAt(JsonMembers module, int index)
    {
        CheckMembers(module);
        var type = module.Text("type") ?? throw module.Missing("type", "the name of a module");
        string[] expected = index switch
        {
            0 => [Transformer],
            1 => [Pooling],
            _ => BehindPooling,
        };
        if (Array.Find(expected, name => IsClass(type, name)) is not { } found)
        {
            throw module.Wrong("type", $"{string.Join(" or ", expected.Select(name => $"{Packages[0].Package}{name}"))} at this place ({Order})");
        }

        return found;
    }

    private static bool IsClass(string type, string name) => Array.Exists(Packages, package =>
        type == package.Package + name || type == $"{package.Package}{(package.HasClassNamesAsFiles ? name : FileOf(name))}.{name}");

    private static string FileOf(string name) => name switch
    {
        LayerNorm => "layer_norm",
        StaticEmbedding => "static_embedding",
        _ => name.ToLowerInvariant(),
    };
}
