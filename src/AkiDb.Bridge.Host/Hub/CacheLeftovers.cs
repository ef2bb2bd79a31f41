using AkiDb.Bridge.Models;
using AkiDb.Bridge.Pickles;

namespace AkiDb.Bridge.Host.Hub;

/// <summary>What lies in the hub's cache, and beside it, and no model needs: unfinished downloads and conversions, files without a snapshot, and where that is asked for, revisions without a name.</summary>
/// <param name="cache">The cache's folder.</param>
/// <param name="converted">The folder of weights that were converted.</param>
/// <param name="oldRevisions">Whether revisions count that no branch or tag names any more.</param>
internal sealed class CacheLeftovers(string cache, string converted, bool oldRevisions)
{
    private const string Unfinished = ".incomplete";

    /// <summary>Finds it.</summary>
    public IReadOnlyList<Leftover> Find() => [.. InCache(), .. ConversionDraft.Abandoned(converted).Select(draft => new Leftover(draft, BytesOf(draft), "a conversion that was not finished"))];

    /// <summary>Removes it.</summary>
    public static void Remove(IEnumerable<Leftover> leftovers)
    {
        foreach (var leftover in leftovers)
        {
            if (Directory.Exists(leftover.Path))
            {
                Directory.Delete(leftover.Path, recursive: true);
            }
            else
            {
                File.Delete(leftover.Path);
            }
        }
    }

    private static long BytesOf(string folder) => Directory.EnumerateFiles(folder).Sum(file => new FileInfo(file).Length);

    private IReadOnlyList<Leftover> InCache()
    {
        if (!Directory.Exists(cache))
        {
            return [];
        }

        var models = Directory.EnumerateDirectories(cache, "models--*").Order(StringComparer.Ordinal).Select(model => (Folder: model, Unnamed: UnnamedIn(model))).ToList();

        // Also by another model: whoever wants to keep a file only once lets links of several lead to it.
        var needed = models.SelectMany(model => Folders(Path.Combine(model.Folder, "snapshots")).Except(model.Unnamed)).SelectMany(FolderFiles.In).Select(RealPath.Of).ToHashSet(StringComparer.Ordinal);
        return [.. models.SelectMany(model => InModel(model.Folder, model.Unnamed, needed))];
    }

    private List<string> UnnamedIn(string model)
    {
        var references = Path.Combine(model, "refs");
        var named = oldRevisions && Directory.Exists(references) ? FolderFiles.In(references).Select(file => File.ReadAllText(file).Trim()).ToHashSet() : [];
        return oldRevisions ? [.. Folders(Path.Combine(model, "snapshots")).Where(snapshot => !named.Contains(Path.GetFileName(snapshot)))] : [];
    }

    private List<Leftover> InModel(string model, List<string> unnamed, HashSet<string> needed)
    {
        // What a link leads to is no part of this model: others may use it, or it is something else altogether.
        var blobs = Folders(model).Where(folder => Path.GetFileName(folder) == "blobs" && new DirectoryInfo(folder).LinkTarget is null).SelectMany(Directory.EnumerateFiles).Order(StringComparer.Ordinal);
        return
        [
            .. unnamed.Select(snapshot => new Leftover(snapshot, 0, "no branch or tag names this revision")),
            .. blobs.Where(blob => !needed.Contains(RealPath.Of(blob)) && !IsBeingFetched(model)).Select(blob => new Leftover(
                blob, new FileInfo(blob).Length, blob.EndsWith(Unfinished, StringComparison.Ordinal) ? "a download that was not finished" : "no snapshot has this file")),
        ];
    }

    private static List<string> Folders(string folder) => Directory.Exists(folder) ? [.. Directory.EnumerateDirectories(folder)] : [];

    // Whoever fetches a file holds its lock, in Python too; a whole one may be about to get its snapshot.
    private bool IsBeingFetched(string model)
    {
        var locks = Path.Combine(cache, ".locks", Path.GetFileName(model));
        return Directory.Exists(locks) && FolderFiles.In(locks).Any(IsHeld);

        static bool IsHeld(string file)
        {
            try
            {
                using var held = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                return false;
            }
            catch (IOException)
            {
                return true;
            }
        }
    }
}
