using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Hub;

/// <summary>One model in the Hugging Face cache, laid out as the hub's own tools do it, so that they and this program share what was fetched.</summary>
/// <remarks>
/// <c>blobs/HASH</c> are the files, <c>snapshots/COMMIT/PATH</c> links to them, <c>refs/REVISION</c> names a commit. Of what is being fetched there is
/// <c>blobs/HASH.incomplete</c>, held by a lock on <c>.locks/MODEL/HASH.lock</c>.
/// </remarks>
/// <param name="cache">The cache's folder.</param>
/// <param name="name">The model.</param>
/// <param name="time">The clock.</param>
internal sealed class HubCache(string cache, HubName name, TimeProvider time)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(200);

    // A file that another process holds: EAGAIN of Linux and of macOS, and Windows' sharing violation.
    private static readonly int[] HeldByAnother = [11, 35, unchecked((int)0x80070020)];

    // A model is looked for by these two: whoever finds one of them must find the rest.
    private static readonly string[] Last = ["modules.json", "config.json"];

    private readonly string folder = Path.Combine(cache, name.CacheFolder);

    /// <summary>The bytes that the disk still has room for.</summary>
    public long FreeBytes => new DriveInfo(Directory.CreateDirectory(BlobFolder).FullName).AvailableFreeSpace;

    private string BlobFolder => Path.Combine(folder, "blobs");

    /// <summary>Where a file's bytes come to lie.</summary>
    public string BlobOf(HubFile file) => Path.Combine(BlobFolder, file.Hash);

    /// <summary>Where they lie as long as they are not complete.</summary>
    public string IncompleteOf(HubFile file) => $"{BlobOf(file)}.incomplete";

    /// <summary>Waits until no other process fetches a file, and keeps others from it until this is disposed of.</summary>
    public async Task<IDisposable> HoldAsync(HubFile file, Action onWait, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(BlobFolder);
        var locks = Directory.CreateDirectory(Path.Combine(cache, ".locks", name.CacheFolder)).FullName;
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(locks, $"{file.Hash}.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException error) when (HeldByAnother.Contains(error.HResult))
            {
                onWait();
                await Task.Delay(BetweenLooks, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Lets a snapshot, whose blobs are all there, appear: a search finds either nothing new, or a whole model.</summary>
    /// <returns>The snapshot's folder.</returns>
    public string Publish(string commit, string revision, IReadOnlyList<HubFile> files)
    {
        var snapshot = Path.Combine(folder, "snapshots", commit);
        foreach (var file in files.OrderBy(file => Array.IndexOf(Last, file.Path)))
        {
            Link(file, Path.Combine(snapshot, file.Path.Replace('/', Path.DirectorySeparatorChar)));
        }

        if (revision != commit)
        {
            var reference = Path.Combine(folder, "refs", revision.Replace('/', Path.DirectorySeparatorChar));
            Replace(reference, temporary => File.WriteAllText(temporary, commit));
        }

        return snapshot;
    }

    private void Link(HubFile file, string path)
    {
        var target = Path.GetRelativePath(Path.GetDirectoryName(path)!, BlobOf(file));
        if (new FileInfo(path).LinkTarget != target)
        {
            Replace(path, temporary => LinkOrCopy(temporary, target, BlobOf(file)));
        }
    }

    // Where links are a privilege (Windows), the snapshot has a copy.
    private static void LinkOrCopy(string path, string target, string blob)
    {
        try
        {
            File.CreateSymbolicLink(path, target);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException && OperatingSystem.IsWindows())
        {
            File.Copy(blob, path);
        }
    }

    private static void Replace(string path, Action<string> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = $"{path}.{Guid.NewGuid():N}";
        write(temporary);
        File.Move(temporary, path, overwrite: true);
    }
}
