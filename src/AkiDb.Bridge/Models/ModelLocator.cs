using System.Text;

namespace AkiDb.Bridge.Models;

/// <summary>Finds the folder of a model that the configuration names.</summary>
/// <param name="paths">The places to look at.</param>
/// <param name="fetch">Fetches a model that is nowhere into the Hugging Face cache, and returns why it could not; null where nothing may be fetched.</param>
/// <remarks>
/// 1. The folder itself, where the model is given as a path.
/// 2. The folders of AKIDB_MODELS_PATH: org/name, then name.
/// 3. The Hugging Face cache; with @revision, only there, because only there a revision is known.
/// 4. AkiDB's own cache: org/name, then name.
/// 5. The model that travels with the product.
/// 6. The model hub, where that is allowed.
/// Names are written on disk as on the hub, so case counts; only the embedded model's two names are understood in any case. A folder that is given as
/// a path has its own name as its id, unless it is the embedded model, has that one's name, or is a snapshot of the Hugging Face cache.
/// </remarks>
internal sealed class ModelLocator(ModelSearchPaths paths, Func<HubName, string?>? fetch = null)
{
    private const int MaxReferenceBytes = 1 << 12;

    private const string Advice =
        "Give a model folder's path, put the folder into one that AKIDB_MODELS_PATH names, or download the model into the Hugging Face cache.";

    /// <param name="model">A path, a name, or a name with <c>@revision</c>.</param>
    /// <exception cref="BridgeException">It is nowhere (<see cref="BridgeErrorKind.UnknownModel"/>); the message lists every place.</exception>
    public ModelLocation Find(string model) => FindAnywhere(model) with { Converted = paths.Converted };

    private ModelLocation FindAnywhere(string model)
    {
        var search = new ModelSearch(model);
        if (IsCertainlyPath(model))
        {
            return FindFolder(model, search) ?? throw search.NotFound("Give the path of a folder with config.json, or a model's name.");
        }

        var name = HubName.Parse(model) is { } parsed ? Canonical(parsed) : null;
        var found = model.Contains('/') || model.Contains(Path.DirectorySeparatorChar) ? FindFolder(model, search) : null;
        if (found is null && name is null)
        {
            search.Add("all other places", "not looked at, because this cannot be a model's name (name, org/name or org/name@revision)");
        }

        return found
            ?? (name is null ? null : FindName(name, search) ?? Fetch(name, search))
            ?? throw search.NotFound(Advice);
    }

    private ModelLocation? FindName(HubName name, ModelSearch search) =>
        name.Revision is not null
            ? FindInHubCache(name, search)
            : FindInModelFolders(name, search)
                ?? FindInHubCache(name, search)
                ?? FindIn(paths.AkiDbCache, name, search)
                ?? FindEmbedded(name, search);

    private ModelLocation? Fetch(HubName name, ModelSearch search)
    {
        if (fetch is null)
        {
            search.Add("the model hub", "not asked; AKIDB_MODELS_DOWNLOAD=1 would allow it");
            return null;
        }

        if (fetch(name) is { } failure)
        {
            search.Add("the model hub", failure);
            return null;
        }

        return FindInHubCache(name, search);
    }

    private static bool IsCertainlyPath(string model) =>
        Path.IsPathRooted(model) || model.StartsWith('.') || model.StartsWith('~');

    /// <summary>The embedded model's short name is its long name.</summary>
    private HubName Canonical(HubName name) =>
        new ModelName(paths.EmbeddedId, paths.EmbeddedFolder).Matches(name.Id) ? name with { Id = paths.EmbeddedId } : name;

    private ModelLocation? FindFolder(string path, ModelSearch search)
    {
        if (path.Contains('\0'))
        {
            search.Add("the path", "not looked at, because it holds a NUL character");
            return null;
        }

        var folder = ModelSearchPaths.Absolute(path, paths.Home);
        if (!search.IsModel(folder))
        {
            return null;
        }

        var real = RealPath.Of(folder);
        if (real == RealPath.Of(paths.EmbeddedFolder))
        {
            return new ModelLocation(paths.EmbeddedId, folder, null, paths.EmbeddedManifest);
        }

        var name = Path.GetFileName(folder);
        return (HubName.OfSnapshot(folder) ?? HubName.OfSnapshot(real)) is { } snapshot
            ? new ModelLocation(snapshot.Id, folder, snapshot.Revision)
            : new ModelLocation(HubName.Parse(name) is { } parsed ? Canonical(parsed).Id : name, folder, null);
    }

    private ModelLocation? FindInModelFolders(HubName name, ModelSearch search)
    {
        if (paths.ModelFolders.Count == 0)
        {
            search.Add("AKIDB_MODELS_PATH", "not set");
        }

        return paths.ModelFolders.Select(folder => FindIn(folder, name, search)).FirstOrDefault(found => found is not null);
    }

    private static ModelLocation? FindIn(string root, HubName name, ModelSearch search)
    {
        var folder = new[] { name.Id, name.ShortName }.Distinct()
            .Select(relative => Path.Combine(root, relative.Replace('/', Path.DirectorySeparatorChar)))
            .FirstOrDefault(search.IsModel);
        return folder is null ? null : new ModelLocation(name.Id, folder, null);
    }

    private ModelLocation? FindInHubCache(HubName name, ModelSearch search)
    {
        var model = Path.Combine(paths.HubCache, name.CacheFolder);
        var revision = name.Revision ?? "main";
        var reference = Path.Combine(model, "refs", revision);
        var commit = ReadReference(reference) ?? name.Revision;
        if (commit is null || commit.Contains('/') || HubName.Parse($"{name.Id}@{commit}") is null)
        {
            search.Add(reference, commit is null ? "does not exist" : "names no snapshot");
            return null;
        }

        var folder = Path.Combine(model, "snapshots", commit);
        return search.IsModel(folder) && search.HasWeights(folder) ? new ModelLocation(name.Id, folder, commit) : null;
    }

    private static string? ReadReference(string file)
    {
        try
        {
            return File.Exists(file) ? Encoding.UTF8.GetString(RegularFile.ReadAll(file, MaxReferenceBytes)).Trim() : null;
        }
        catch (BridgeException)
        {
            return null;
        }
    }

    private ModelLocation? FindEmbedded(HubName name, ModelSearch search)
    {
        if (name.Id != paths.EmbeddedId)
        {
            search.Add("the embedded model", $"it is {paths.EmbeddedId}");
            return null;
        }

        return search.IsModel(paths.EmbeddedFolder) ? new ModelLocation(name.Id, paths.EmbeddedFolder, null, paths.EmbeddedManifest) : null;
    }
}
