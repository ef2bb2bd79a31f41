using System.Text.Json;
using AkiDb.Bridge.Host.Files;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>How far a submission has come, in a file.</summary>
internal sealed class SubmissionProgress
{
    private static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(1);

    private readonly string path;
    private readonly TimeProvider time;
    private readonly SubmittedRows done;
    private SubmittedRows now;
    private long savedAt;

    /// <param name="path">The file.</param>
    /// <param name="what">How the texts are embedded, and where they are sent, in one line that is compared.</param>
    /// <param name="resume">Whether what an earlier run has submitted is passed over.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="NotAcceptedException">The file is there and is not to be gone on with, is that of another submission, or cannot be understood.</exception>
    public SubmissionProgress(string path, string what, bool resume, TimeProvider time)
    {
        (this.path, this.time, savedAt) = (path, time, time.GetTimestamp());
        if (File.Exists(path) && !resume)
        {
            throw new NotAcceptedException($"{path} says that this job was submitted, or begun. Go on with --resume, choose another --job, or delete the file to submit it again.");
        }

        done = now = File.Exists(path) ? Read(path) : new SubmittedRows(0, "", what);
        if (done.Fixed != what)
        {
            throw new NotAcceptedException($"{path} says that this job was begun with other switches ({done.Fixed}) than now ({what}). Give the same ones, or choose another --job.");
        }
    }

    /// <summary>The rows that are submitted.</summary>
    public long Rows => now.Rows;

    /// <summary>Whether an earlier run has submitted a portion.</summary>
    /// <exception cref="NotAcceptedException">The input is another one.</exception>
    public bool IsDone(RowChunk chunk) => (chunk.End == done.Rows && chunk.Digest != done.Digest) || (chunk.End > done.Rows && chunk.Rows[0].Number <= done.Rows)
        ? throw Changed()
        : chunk.End <= done.Rows;

    /// <summary>The input has ended.</summary>
    /// <param name="end">How many rows it has.</param>
    /// <exception cref="NotAcceptedException">An earlier run has submitted more.</exception>
    public void CheckEnd(long end)
    {
        if (end < done.Rows)
        {
            throw Changed();
        }
    }

    /// <summary>The broker has a portion, and all before it.</summary>
    public void Add(RowChunk chunk)
    {
        now = now with { Rows = chunk.End, Digest = chunk.Digest };
        if (time.GetElapsedTime(savedAt) >= SaveInterval)
        {
            Save();
        }
    }

    /// <summary>Writes the file.</summary>
    public void Save()
    {
        DurableFiles.Write(path, JsonSerializer.SerializeToUtf8Bytes(now, EmbedJson.Default.SubmittedRows));
        savedAt = time.GetTimestamp();
    }

    private NotAcceptedException Changed() =>
        new($"The first {done.Rows} rows of the input are not those that were submitted before. Give the same input, or choose another --job.");

    private static SubmittedRows Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), EmbedJson.Default.SubmittedRows) ?? throw new JsonException("It is empty.");
        }
        catch (JsonException error)
        {
            throw new NotAcceptedException($"{path} cannot be understood ({error.Message}). Delete it to submit the job again.");
        }
    }
}
