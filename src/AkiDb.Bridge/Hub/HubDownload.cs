using AkiDb.Bridge.Models;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Hub;

/// <summary>Fetches a model from the hub into the Hugging Face cache.</summary>
/// <remarks>
/// 1. Ask for the list of the revision's files, and choose those that are wanted.
/// 2. Ask for each one's hash and size.
/// 3. Fetch what is not there, several at a time, each compared with its hash.
/// 4. Publish: until here nobody finds anything of it.
/// </remarks>
/// <param name="access">Where the hub is, and who asks.</param>
/// <param name="cache">The cache's folder.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told what happens.</param>
internal sealed class HubDownload(HubAccess access, string cache, TimeProvider time, ILogger logger)
{
    /// <summary>The revision of whoever names none.</summary>
    public const string DefaultRevision = "main";

    private const int AtATime = 4;

    /// <summary>Fetches a model; large weights take minutes.</summary>
    /// <param name="name">The model, and perhaps a revision.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellationToken">Gives up; what has come is kept for the next time.</param>
    /// <returns>The folder of the snapshot.</returns>
    /// <exception cref="BridgeException">The hub has no such model or revision (<see cref="BridgeErrorKind.UnknownModel"/>).</exception>
    /// <exception cref="HubException">It could not be fetched.</exception>
    public async Task<string> FetchAsync(HubName name, DownloadProgress progress, CancellationToken cancellationToken)
    {
        if (access.IsOffline)
        {
            throw new HubException("HF_HUB_OFFLINE is set, so the hub is not asked. Unset it to fetch models.");
        }

        using var client = new HubClient(access, time, logger);
        var (commit, listed) = await client.ListAsync(name, cancellationToken).ConfigureAwait(false);
        var paths = WantedFiles.Of(name.Id, listed);
        var files = new HubFile[paths.Count];
        await EachAsync(paths.Count, async (index, token) => files[index] = await client.DescribeAsync(name, commit, paths[index], token).ConfigureAwait(false), cancellationToken)
            .ConfigureAwait(false);
        progress.TotalBytes = files.Sum(file => file.Size);
        try
        {
            // A folder may have the same file twice, under two names.
            var target = new HubCache(cache, name, time);
            var blobs = files.DistinctBy(file => file.Hash).ToList();
            progress.TotalBytes = blobs.Sum(file => file.Size);
            CheckRoom(name, target, blobs);
            var download = new BlobDownload(client, target, name, commit, progress, time, file => Log.WaitingForAnother(logger, file.Path));
            await EachAsync(blobs.Count, async (index, token) => await download.RunAsync(blobs[index], token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            return target.Publish(commit, name.Revision ?? DefaultRevision, files);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HubException($"The cache '{cache}' cannot be written: {error.Message.TrimEnd('.')}. Let HF_HOME name a folder that can.", error);
        }
    }

    private static void CheckRoom(HubName name, HubCache target, List<HubFile> blobs)
    {
        var missing = blobs.Where(file => !File.Exists(target.BlobOf(file))).Sum(file => file.Size - LengthOf(target.IncompleteOf(file)));
        var free = target.FreeBytes;
        if (missing > free)
        {
            throw new HubException($"{name.Id} needs {missing >> 20} MiB more, and the disk of the cache has {free >> 20} MiB left. Make room, or let HF_HOME name a folder with more.");
        }
    }

    private static long LengthOf(string file) => File.Exists(file) ? new FileInfo(file).Length : 0;

    private static Task EachAsync(int count, Func<int, CancellationToken, Task> body, CancellationToken cancellationToken) => Parallel.ForAsync(
        0, count, new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellationToken }, (index, token) => new ValueTask(body(index, token)));
}
