using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Host.Hub;

/// <summary>What lies in the hub's cache and no model needs: unfinished downloads, files without a snapshot, and where that is asked for, revisions without a name.</summary>
/// <param name="cache">The cache's folder.</param>
/// <param name="oldRevisions">Whether revisions count that no branch or tag names any more.</param>
internal sealed class CacheLeftovers(string cache, bool oldRevisions)
{
    private const string Unfinished = ".incomplete";

    /// <summary>Finds it.</summary>
    public IReadOnlyList<Leftover> Find() => Directory.Exists(cache)
        ? [.. Directory.EnumerateDirectories(cache, "models--*").Order(StringComparer.Ordinal).SelectMany(InModel)]
        : [];

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

    private List<Leftover> InModel(string model)
    {
        var snapshots = Folders(Path.Combine(model, "snapshots"));
        var references = Path.Combine(model, "refs");
        var named = Directory.Exists(references) ? Directory.EnumerateFiles(references, "*", SearchOption.AllDirectories).Select(file => File.ReadAllText(file).Trim()).ToHashSet() : [];
        var unnamed = oldRevisions ? snapshots.Where(snapshot => !named.Contains(Path.GetFileName(snapshot))).ToList() : [];
        var needed = snapshots.Except(unnamed).SelectMany(Files).Select(RealPath.Of).ToHashSet(StringComparer.Ordinal);
        var blobs = Folders(model).Where(folder => Path.GetFileName(folder) == "blobs").SelectMany(Files).Order(StringComparer.Ordinal);
        return
        [
            .. unnamed.Select(snapshot => new Leftover(snapshot, 0, "no branch or tag names this revision")),
            .. blobs.Where(blob => !needed.Contains(RealPath.Of(blob)) && !IsBeingFetched(model)).Select(blob => new Leftover(
                blob, new FileInfo(blob).Length, blob.EndsWith(Unfinished, StringComparison.Ordinal) ? "a download that was not finished" : "no snapshot has this file")),
        ];
    }

    private static List<string> Folders(string folder) => Directory.Exists(folder) ? [.. Directory.EnumerateDirectories(folder)] : [];

    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories);

    // Whoever fetches a file holds its lock, in Python too; a whole one may be about to get its snapshot.
    private bool IsBeingFetched(string model)
    {
        var locks = Path.Combine(cache, ".locks", Path.GetFileName(model));
        return Directory.Exists(locks) && Files(locks).Any(IsHeld);

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
