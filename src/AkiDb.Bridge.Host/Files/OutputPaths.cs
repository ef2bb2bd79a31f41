using System.Globalization;

namespace AkiDb.Bridge.Host.Files;

/// <summary>Where an output lies, and what lies beside it: one file, or a folder of shards.</summary>
/// <param name="Path">The file or the folder.</param>
/// <param name="Format">The format.</param>
/// <param name="ShardRows">How many rows of the input a shard holds; null for one file.</param>
internal sealed record OutputPaths(string Path, OutputFormat Format, long? ShardRows)
{
    private const string ShardName = "part";

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

    private string Stem => ShardRows is null ? Path : System.IO.Path.Combine(Path, ShardName);

    /// <summary>A whole file.</summary>
    public string Whole(int shard) => ShardRows is null
        ? Path
        : System.IO.Path.Combine(Path, string.Create(CultureInfo.InvariantCulture, $"{ShardName}-{shard:D5}{FormatNames.EndingOf(Format)}"));

    /// <summary>The same file while it is being written.</summary>
    public string Partial(int shard) => $"{Whole(shard)}.partial";

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

    private bool HasShardFrom(int number) => Directory.Exists(Path) && Directory.EnumerateFiles(Path, $"{ShardName}-*{FormatNames.EndingOf(Format)}")
        .Select(file => System.IO.Path.GetFileNameWithoutExtension(file)[(ShardName.Length + 1)..])
        .Any(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var shard) && shard >= number);
}
