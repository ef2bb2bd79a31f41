using System.Text;
using System.Text.Json;

namespace AkiDb.Bridge.Host.Files;

/// <summary>A file, or a folder of shards, that is whole or not there, and that work which was broken off at any moment is gone on with.</summary>
/// <remarks>
/// 1. Begin.     Rows go to a file of another name. A checkpoint beside it says from the start what it will be.
/// 2. Save.      Once a second: first the rows reach the disk, then a new checkpoint takes the place of the old one.
/// 3. Restore.   Who goes on cuts off what was written behind the checkpoint, and takes the input from there.
/// 4. Publish.   A whole file is checkpointed as such, and then gets its name. A shard is published when its last row was written.
/// </remarks>
internal sealed class FileOutput : IVectorOutput
{
    private static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(1);

    private readonly OutputPaths paths;
    private readonly TimeProvider time;
    private Checkpoint saved;
    private Checkpoint reached;
    private long rows;
    private string digest;
    private long badRows;
    private long savedAt;
    private FileStream? file;
    private IRowWriter? writer;
    private FileStream? badRowsFile;

    private FileOutput(OutputPaths paths, Checkpoint checkpoint, TimeProvider time)
    {
        (this.paths, this.time, saved, reached) = (paths, time, checkpoint, checkpoint);
        (rows, digest, badRows) = (checkpoint.Rows, checkpoint.Digest, checkpoint.BadRows);
        savedAt = time.GetTimestamp();
    }

    /// <summary>How far it has come on the disk.</summary>
    public Checkpoint Checkpoint => saved;

    /// <summary>The rows that could not be embedded.</summary>
    public long BadRows => badRows;

    /// <summary>Remembers that rows are to be added: whoever is broken off before the first of them has not finished.</summary>
    /// <param name="paths">Where the output lies.</param>
    /// <param name="settings">How the input is read and the output written, in one line that is compared.</param>
    /// <param name="job">The job whose vectors are collected; null where they are computed.</param>
    public static void PlanToAppend(OutputPaths paths, string settings, string? job) =>
        CheckpointFile.Write(paths.Checkpoint, new Checkpoint { Settings = settings, Job = job, Space = "", Dimension = 0, Shard = 0, IsPlanToAppend = true });

    /// <summary>Begins one.</summary>
    /// <param name="settings">What it is.</param>
    /// <param name="append">Whether rows are added to the one that is there.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="NotAcceptedException">Rows cannot be added to what is there.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static async Task<FileOutput> BeginAsync(OutputSettings settings, bool append, TimeProvider time)
    {
        var paths = settings.Paths;
        if (append)
        {
            await AppendRules.CheckAsync(settings);
        }

        Directory.CreateDirectory(paths.Folder);
        var firstShard = paths.ShardRows is null ? 0 : paths.CountWhole();
        var output = new FileOutput(
            paths, new Checkpoint { Settings = settings.Settings, Job = settings.Job, Space = settings.Space, Dimension = settings.Dimension, Shard = firstShard, FirstShard = firstShard }, time);
        try
        {
            DurableFiles.Delete(paths.BadRows);
            if (append && paths.ShardRows is null)
            {
                File.Copy(paths.Path, paths.Partial(0), overwrite: true);
                output.Open(isNew: false);
                await output.ReachAsync(0, "");
            }

            // Before the checkpoint: who goes on with it must not find the space of an output that was there before.
            WriteSpace(paths, settings.Space);
            await output.SaveAsync();
            return output;
        }
        catch
        {
            await output.DisposeAsync();
            throw;
        }
    }

    /// <summary>Goes on with one.</summary>
    /// <param name="settings">What it must be.</param>
    /// <param name="checkpoint">How far it had come.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="NotAcceptedException">It was begun as something else.</exception>
    public static FileOutput Resume(OutputSettings settings, Checkpoint checkpoint, TimeProvider time)
    {
        var paths = settings.Paths;
        CheckIsSameWork(paths, checkpoint, settings.Settings, settings.Job);
        if (!StoredSpace.IsSame(checkpoint.Space, settings.Space))
        {
            throw new NotAcceptedException($"{paths.Path} was begun in the space {checkpoint.Space}, and would go on in {settings.Space}: they must not be mixed. Use the same model, or delete {paths.Checkpoint} to begin again.");
        }

        if (checkpoint.Shard > checkpoint.FirstShard)
        {
            PublishShard(paths, checkpoint.Shard - 1);
        }

        WriteSpace(paths, checkpoint.Space);
        var output = new FileOutput(paths, checkpoint, time);
        if (checkpoint.Position is { } position)
        {
            CheckIsWhole(paths, paths.Partial(checkpoint.Shard), position.Length);
            output.Open(isNew: false);
        }

        if (checkpoint.BadRowsBytes > 0)
        {
            CheckIsWhole(paths, paths.BadRows, checkpoint.BadRowsBytes);
            output.OpenBadRows();
        }
        else
        {
            File.Delete(paths.BadRows);
        }

        return output;
    }

    /// <summary>Compares what goes on with what was begun.</summary>
    /// <param name="paths">Where the output lies.</param>
    /// <param name="checkpoint">What was begun.</param>
    /// <param name="settings">How the input is read and the output written now.</param>
    /// <param name="job">The job whose vectors are collected now; null where they are computed.</param>
    /// <exception cref="NotAcceptedException">It is something else.</exception>
    public static void CheckIsSameWork(OutputPaths paths, Checkpoint checkpoint, string settings, string? job)
    {
        if (checkpoint.Settings != settings)
        {
            throw new NotAcceptedException($"{paths.Path} was begun with other switches ({checkpoint.Settings}) than now ({settings}). Give the same ones, or delete {paths.Checkpoint} to begin again.");
        }

        if (checkpoint.Job != job)
        {
            throw new NotAcceptedException($"{paths.Path} was begun {Source(checkpoint.Job)}, and would go on {Source(job)}. Go on as it was begun, or choose another --output.");
        }
    }

    /// <summary>The last step of work that is complete.</summary>
    public static void Publish(OutputPaths paths, Checkpoint checkpoint)
    {
        if (checkpoint.Shard > checkpoint.FirstShard)
        {
            PublishShard(paths, checkpoint.Shard - 1);
        }

        if (checkpoint.Job is { } job)
        {
            DurableFiles.Write(paths.Job, Encoding.UTF8.GetBytes($"{job}\n"));
        }
        else
        {
            DurableFiles.Delete(paths.Job);
        }

        DurableFiles.Delete(paths.Checkpoint);
    }

    /// <inheritdoc/>
    public async Task WriteAsync(IReadOnlyList<VectorRow> rows, IReadOnlyList<BadRow> bad, long end, string digest)
    {
        if (writer is null)
        {
            Open(isNew: true);
        }

        await writer!.WriteAsync(rows, CancellationToken.None);
        foreach (var row in bad)
        {
            OpenBadRows();
            await badRowsFile!.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(row, FilesJson.Readable.BadRow));
            badRowsFile.WriteByte((byte)'\n');
        }

        badRows += bad.Count;
        await ReachAsync(end, digest);
        if (paths.ShardRows is { } shardRows && end % shardRows == 0)
        {
            await CompleteShardAsync(isLast: false);
            PublishShard(paths, saved.Shard - 1);
        }
        else if (time.GetElapsedTime(savedAt) >= SaveInterval)
        {
            await SaveAsync();
        }
    }

    /// <inheritdoc/>
    public Task SaveAsync()
    {
        file?.Flush(flushToDisk: true);
        Write(reached);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task CompleteAsync()
    {
        if (writer is null && paths.ShardRows is null)
        {
            Open(isNew: true);
        }

        await CompleteShardAsync(isLast: true);
        Publish(paths, saved);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        if (badRowsFile is not null)
        {
            await badRowsFile.DisposeAsync();
            badRowsFile = null;
        }
    }

    private static void CheckIsWhole(OutputPaths paths, string file, long bytes)
    {
        if (!File.Exists(file) || new FileInfo(file).Length < bytes)
        {
            throw new NotAcceptedException($"{file} is missing or was cut off, so that the work cannot go on. Delete {paths.Checkpoint} to begin again.");
        }
    }

    private static void WriteSpace(OutputPaths paths, string space) => DurableFiles.Write(paths.Space, Encoding.UTF8.GetBytes($"{space}\n"));

    private static string Source(string? job) => job is null ? "with vectors that are computed" : $"with the answers of the job {job}";

    private static void PublishShard(OutputPaths paths, int shard)
    {
        if (File.Exists(paths.Partial(shard)))
        {
            // Rows are added to a copy of a file, but no shard is ever written a second time.
            DurableFiles.Move(paths.Partial(shard), paths.Whole(shard), replaces: paths.ShardRows is null);
        }
    }

    // A format that cannot be gone on with from here is saved where it last could.
    private async ValueTask ReachAsync(long rows, string digest)
    {
        (this.rows, this.digest) = (rows, digest);
        if (await writer!.SaveAsync(CancellationToken.None) is { } position)
        {
            reached = saved with { Position = position, Rows = rows, Digest = digest, BadRows = badRows, BadRowsBytes = badRowsFile?.Length ?? 0 };
        }
    }

    private async Task CompleteShardAsync(bool isLast)
    {
        var shard = saved.Shard;
        if (writer is not null)
        {
            await writer.CompleteAsync(CancellationToken.None);
            file!.Flush(flushToDisk: true);
            shard++;
        }

        await CloseAsync();
        Write(saved with { Shard = shard, Position = null, IsComplete = isLast, Rows = rows, Digest = digest, BadRows = badRows, BadRowsBytes = badRowsFile?.Length ?? 0 });
        reached = saved;
    }

    private void Write(Checkpoint checkpoint)
    {
        badRowsFile?.Flush(flushToDisk: true);
        CheckpointFile.Write(paths.Checkpoint, checkpoint);
        (saved, savedAt) = (checkpoint, time.GetTimestamp());
    }

    private void Open(bool isNew)
    {
        file = new FileStream(paths.Partial(saved.Shard), isNew ? FileMode.Create : FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        if (saved.Position is { } position)
        {
            position.Restore(file);
        }

        file.Seek(0, SeekOrigin.End);
        writer = RowWriters.Create(paths.Format, file, saved.Dimension, isNew);
    }

    private void OpenBadRows()
    {
        if (badRowsFile is null)
        {
            badRowsFile = new FileStream(paths.BadRows, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
            badRowsFile.SetLength(saved.BadRowsBytes);
            badRowsFile.Seek(0, SeekOrigin.End);
        }
    }

    private async ValueTask CloseAsync()
    {
        if (writer is not null)
        {
            await writer.DisposeAsync();
            writer = null;
        }

        if (file is not null)
        {
            await file.DisposeAsync();
            file = null;
        }
    }
}
