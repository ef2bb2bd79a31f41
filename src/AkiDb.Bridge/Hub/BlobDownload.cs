using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Hub;

/// <summary>Fetches one file, whole and right, whatever is there already and however often the connection is cut.</summary>
/// <remarks>
/// 1. Hold the file.        Another process that fetches it, in Python too, is waited for.
/// 2. Look what is there.   A whole file with the right hash is taken; of half a file the rest is fetched.
/// 3. Fetch the rest.       From where it ended, as long as each try brings something.
/// 4. Compare.              Wrong bytes are thrown away, and fetched once more.
/// 5. Move.                 To the disk first, then under its final name.
/// </remarks>
/// <param name="client">Asks the hub.</param>
/// <param name="cache">The model's cache.</param>
/// <param name="name">The model.</param>
/// <param name="commit">The commit.</param>
/// <param name="progress">Counts the bytes.</param>
/// <param name="time">The clock.</param>
/// <param name="onWait">Told when another process is waited for.</param>
internal sealed class BlobDownload(HubClient client, HubCache cache, HubName name, string commit, DownloadProgress progress, TimeProvider time, Action<HubFile> onWait)
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(30);

    /// <summary>Fetches the file into the cache's blobs.</summary>
    /// <exception cref="HubException">It could not be fetched, or is not what the hub says.</exception>
    public async Task RunAsync(HubFile file, CancellationToken cancellationToken)
    {
        using var held = await cache.HoldAsync(file, () => onWait(file), cancellationToken).ConfigureAwait(false);
        var blob = cache.BlobOf(file);
        if (File.Exists(blob) && new FileInfo(blob).Length == file.Size && await BlobHash.OfAsync(file, blob, cancellationToken).ConfigureAwait(false) == file.Hash)
        {
            progress.Add(file.Size);
            return;
        }

        var incomplete = cache.IncompleteOf(file);
        for (var again = false; ; again = true)
        {
            var hash = await FillAsync(file, incomplete, cancellationToken).ConfigureAwait(false);
            if (hash == file.Hash)
            {
                File.Move(incomplete, blob, overwrite: true);
                return;
            }

            File.Delete(incomplete);
            progress.Add(-file.Size);
            if (again)
            {
                throw new HubException(
                    $"What the hub sends for {file.Path} of {name.Id} has the hash {hash}, not {file.Hash} as it says, twice: a proxy or a disk changes it. Nothing of it was kept.");
            }
        }
    }

    /// <returns>The hash of the file, which has its full length.</returns>
    private async Task<string> FillAsync(HubFile file, string path, CancellationToken cancellationToken)
    {
        using var hash = new BlobHash(file);
        var target = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        await using (target.ConfigureAwait(false))
        {
            if (target.Length > file.Size)
            {
                target.SetLength(0);
            }

            await hash.AppendAsync(target, cancellationToken).ConfigureAwait(false);
            progress.Add(target.Length);
            while (target.Length < file.Size)
            {
                await client.PersistAsync(token => FetchSomeAsync(file, target, hash, token), cancellationToken).ConfigureAwait(false);
            }

            target.Flush(flushToDisk: true);
            return hash.Value;
        }
    }

    /// <returns>The bytes that came: at least one.</returns>
    private async Task<long> FetchSomeAsync(HubFile file, FileStream target, BlobHash hash, CancellationToken cancellationToken)
    {
        var before = target.Length;
        try
        {
            await client.ReadAsync(name, commit, file, before, (first, content, token) => AppendAsync(file, target, hash, first, content, token), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (IsCut(error, cancellationToken))
        {
            // What has come counts; only a try that brought nothing is one too many at some time.
            if (target.Length == before)
            {
                throw new TransientHubException($"The connection was cut while {file.Path} was fetched.", error);
            }
        }

        return target.Length > before ? target.Length - before : throw new TransientHubException($"The hub sent nothing of {file.Path}.");
    }

    private async Task AppendAsync(HubFile file, FileStream target, BlobHash hash, long first, Stream content, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 17];
        using var silence = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);

        // A server that cannot begin in the middle sends what is here already once more.
        for (var position = first; target.Length < file.Size;)
        {
            silence.CancelAfter(LongestSilence);
            var read = await content.ReadAsync(buffer, either.Token).ConfigureAwait(false);
            if (read == 0)
            {
                return;
            }

            var known = (int)Math.Min(read, target.Length - position);
            var fresh = (int)Math.Min(read - known, file.Size - target.Length);
            position += read;
            if (fresh > 0)
            {
                await WriteAsync(target, buffer.AsMemory(known, fresh), cancellationToken).ConfigureAwait(false);
                hash.Append(buffer.AsSpan(known, fresh));
                progress.Add(fresh);
            }
        }
    }

    private static async Task WriteAsync(FileStream target, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await target.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            await target.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw new HubException($"'{target.Name}' cannot be written: {error.Message.TrimEnd('.')}. Make room, or let HF_HOME name a folder with more, and run the command again.", error);
        }
    }

    private static bool IsCut(Exception error, CancellationToken cancellationToken) =>
        error is IOException or HttpRequestException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested);
}
