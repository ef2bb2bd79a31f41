using System.Globalization;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Host.Files;

/// <summary>Where an output lies, and what lies beside it: one file, or a folder of shards.</summary>
/// <param name="Path">The file or the folder.</param>
/// <param name="Format">The format.</param>
/// <param name="ShardRows">How many rows of the input a shard holds; null for one file.</param>
internal sealed record OutputPaths(string Path, OutputFormat Format, long? ShardRows)
{
    private const string ShardName = "part";
    private const string PartialEnding = ".partial";

    /// <summary>How far the work has come; there while it is not finished.</summary>
    public string Checkpoint => $"{Stem}.checkpoint";

    /// <summary>The embedding space of the vectors, in one line.</summary>
    public string Space => $"{Stem}.space";

    /// <summary>The job whose vectors were the last to be collected into it, in one line; not there where they were computed for it.</summary>
    public string Job => $"{Stem}.job";

    /// <summary>There while a run writes to it.</summary>
    public string Hold => $"{Stem}.lock";

    /// <summary>The rows that could not be embedded, and why.</summary>
    public string BadRows => $"{Stem}.bad.jsonl";

    /// <summary>The folder that everything lies in.</summary>
    public string Folder => ShardRows is null ? System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))! : Path;

    private IEnumerable<string> Beside => [Checkpoint, Space, Job, Hold, BadRows, .. ((string[])[Checkpoint, Space, Job]).Select(DurableFiles.DraftOf)];

    private string Stem => ShardRows is null ? Path : System.IO.Path.Combine(Path, ShardName);

    /// <summary>A whole file.</summary>
    public string Whole(int shard) => ShardRows is null
        ? Path
        : System.IO.Path.Combine(Path, string.Create(CultureInfo.InvariantCulture, $"{ShardName}-{shard:D5}{FormatNames.EndingOf(Format)}"));

    /// <summary>The same file while it is being written.</summary>
    public string Partial(int shard) => Whole(shard) + PartialEnding;

    /// <summary>How many whole files there are, and so where the next one belongs.</summary>
    /// <exception cref="NotAcceptedException">One is missing before others.</exception>
    public int CountWhole()
    {
        var count = 0;
        while (File.Exists(Whole(count)))
        {
            count++;
            if (ShardRows is null)
            {
                break;
            }
        }

        return ShardRows is null || !HasShardFrom(count)
            ? count
            : throw new NotAcceptedException($"{Whole(count)} is missing, and there are shards behind it: they would be mixed with new ones. Put it back, or choose another --output.");
    }

    /// <summary>Refuses names that no file can get, and files that are none: else hours of work would end there, or wait for whoever writes into a pipe.</summary>
    /// <exception cref="NotAcceptedException">There is such a name, or shards of another format.</exception>
    public void CheckNames()
    {
        if (ShardRows is null && (System.IO.Path.GetFileName(Path).Length == 0 || Directory.Exists(Path)))
        {
            throw new NotAcceptedException($"--output {Path} is a folder: name a file in it, or write a folder of files with --shard-rows.");
        }

        if (ShardRows is not null && File.Exists(Path))
        {
            throw new NotAcceptedException($"--output {Path} is a file, and --shard-rows writes a folder: choose another one.");
        }

        if (Shards().FirstOrDefault(file => FormatNames.OutputOf(file) != Format) is { } other)
        {
            throw new NotAcceptedException($"--output {Path} has shards of another format, such as {System.IO.Path.GetFileName(other)}: {Space} would be said of both. Choose another folder.");
        }

        foreach (var file in Beside.Concat(ShardRows is null ? [Path, Partial(0)] : Shards().Select(file => file + PartialEnding)))
        {
            if (WhyNoFile(file) is { } why)
            {
                throw new NotAcceptedException($"{file} cannot be written: {why}. Remove it, or choose another --output.");
            }
        }
    }

    /// <summary>Whether a file is written here: whoever reads it as an input reads what was made of another one.</summary>
    public bool Owns(string file)
    {
        var name = System.IO.Path.GetFileName(file);
        var whole = name.EndsWith(PartialEnding, StringComparison.Ordinal) ? name[..^PartialEnding.Length] : name;
        return (Beside.Any(own => System.IO.Path.GetFileName(own) == name) || (ShardRows is null ? System.IO.Path.GetFileName(Path) == whole : IsShard(whole) && FormatNames.OutputOf(whole) == Format))
            && RealPath.Of(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(file))!) == RealPath.Of(Folder);
    }

    private static bool IsShard(string name) => name.StartsWith($"{ShardName}-", StringComparison.Ordinal) && FormatNames.OutputOf(name) is not null && NumberOf(name) is not null;

    // Of a file whose name begins as a shard's; null where no number follows.
    private static int? NumberOf(string name) =>
        int.TryParse(System.IO.Path.GetFileNameWithoutExtension(name)[(ShardName.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var shard) ? shard : null;

    // Opened without waiting: a pipe in a file's place would be waited for, one that is a folder could never be replaced.
    private static string? WhyNoFile(string file)
    {
        if (Directory.Exists(file))
        {
            return "it is a folder";
        }

        try
        {
            if (!OperatingSystem.IsWindows())
            {
                RegularFile.Open(file).Dispose();
            }

            return null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (IOException error)
        {
            return error.Message.TrimEnd('.');
        }
    }

    // The whole ones and the one that is being written, each by its final name.
    private IEnumerable<string> Shards() => ShardRows is null || !Directory.Exists(Path) ? [] : Directory.EnumerateFiles(Path, $"{ShardName}-*")
        .Select(file => file.EndsWith(PartialEnding, StringComparison.Ordinal) ? file[..^PartialEnding.Length] : file)
        .Where(file => IsShard(System.IO.Path.GetFileName(file)));

    private bool HasShardFrom(int number) =>
        Directory.Exists(Path) && Directory.EnumerateFiles(Path, $"{ShardName}-*{FormatNames.EndingOf(Format)}").Any(file => NumberOf(file) >= number);
}
