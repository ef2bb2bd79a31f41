using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Host.Hub;

/// <summary>Every model in the places where models are looked for.</summary>
/// <param name="paths">The places.</param>
internal sealed class ModelInventory(ModelSearchPaths paths)
{
    private static readonly string[] WeightEndings = [".safetensors", ".bin"];

    /// <summary>The models, in the order in which the places are searched.</summary>
    public IEnumerable<FoundModel> Find() =>
        paths.ModelFolders.SelectMany(folder => InFolder("AKIDB_MODELS_PATH", folder))
            .Concat(InHubCache())
            .Concat(InFolder("AkiDB cache", paths.AkiDbCache))
            .Concat(IsModel(paths.EmbeddedFolder) ? [Describe(paths.EmbeddedId, null, "program", paths.EmbeddedFolder)] : []);

    /// <summary>Whether a folder is a model's.</summary>
    private static bool IsModel(string folder) => File.Exists(Path.Combine(folder, "config.json")) || File.Exists(Path.Combine(folder, ModulesFile.Name));

    // Names are org/name or name.
    private static IEnumerable<FoundModel> InFolder(string place, string root) =>
        from folder in FoldersIn(root).SelectMany(folder => IsModel(folder) ? [folder] : FoldersIn(folder).Where(IsModel))
        select Describe(Path.GetRelativePath(root, folder).Replace(Path.DirectorySeparatorChar, '/'), null, place, folder);

    private IEnumerable<FoundModel> InHubCache() =>
        from snapshot in FoldersIn(paths.HubCache).SelectMany(model => FoldersIn(Path.Combine(model, "snapshots")))
        let name = HubName.OfSnapshot(snapshot)
        where name is not null
        select Describe(name.Id, name.Revision, "hub cache", snapshot);

    private static IEnumerable<string> FoldersIn(string folder)
    {
        try
        {
            return Directory.Exists(folder) ? [.. Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)] : [];
        }
        catch (UnauthorizedAccessException)
        {
            return [];
        }
    }

    // One that cannot be read must not keep the others from being listed.
    private static FoundModel Describe(string name, string? revision, string place, string folder)
    {
        try
        {
            var files = FolderFiles.In(folder).ToList();
            var real = files.ConvertAll(file => new FileInfo(RealPath.Of(file)));
            var problem = real.Find(file => !file.Exists) is { } missing ? $"a link leads to {missing.FullName}, which does not exist"
                : !IsModel(folder) ? "it has no config.json"
                : real.Exists(file => WeightEndings.Contains(file.Extension)) || files.Exists(file => WeightEndings.Contains(Path.GetExtension(file))) ? null
                : "it has no weights";
            return new FoundModel(name, revision, place, folder, real.Where(file => file.Exists).Sum(file => file.Length), problem);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new FoundModel(name, revision, place, folder, 0, $"it cannot be read: {error.Message.TrimEnd('.')}");
        }
    }
}
