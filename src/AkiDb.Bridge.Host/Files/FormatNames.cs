namespace AkiDb.Bridge.Host.Files;

/// <summary>What formats are called on the command line, and the endings of their files.</summary>
internal static class FormatNames
{
    private static readonly (InputFormat Format, string Name, string[] Endings)[] Inputs =
    [
        (InputFormat.Text, "text", [".txt", ".text"]),
        (InputFormat.JsonLines, "jsonl", [".jsonl", ".ndjson"]),
        (InputFormat.Csv, "csv", [".csv"]),
        (InputFormat.Tsv, "tsv", [".tsv", ".tab"]),
        (InputFormat.Parquet, "parquet", [".parquet", ".pq"]),
    ];

    private static readonly (OutputFormat Format, string Name, string[] Endings)[] Outputs =
    [
        (OutputFormat.JsonLines, "jsonl", [".jsonl", ".ndjson"]),
        (OutputFormat.Npy, "npy", [".npy"]),
        (OutputFormat.Csv, "csv", [".csv"]),
        (OutputFormat.Float32, "f32", [".f32", ".bin"]),
        (OutputFormat.Parquet, "parquet", [".parquet", ".pq"]),
    ];

    private static readonly string[] Compressions = [".gz", ".gzip", ".zst", ".zstd"];

    /// <summary>The names of the formats that are read.</summary>
    public static IEnumerable<string> OfInputs => Inputs.Select(entry => entry.Name);

    /// <summary>The names of the formats that are written.</summary>
    public static IEnumerable<string> OfOutputs => Outputs.Select(entry => entry.Name);

    /// <summary>The format that was asked for.</summary>
    public static InputFormat Input(string name) => Inputs.Single(entry => entry.Name == name).Format;

    /// <summary>The format that was asked for.</summary>
    public static OutputFormat Output(string name) => Outputs.Single(entry => entry.Name == name).Format;

    /// <summary>The format that a file's name says; text where it says none. The ending of a compression is no part of it.</summary>
    public static InputFormat InputOf(string file)
    {
        var name = SaysCompressed(file) ? Path.GetFileNameWithoutExtension(file) : file;
        return Inputs.FirstOrDefault(entry => entry.Endings.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase)).Format;
    }

    /// <summary>Whether a file's name says that it is compressed.</summary>
    public static bool SaysCompressed(string file) => Compressions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);

    /// <summary>The format that a file's name says; null where it says none.</summary>
    public static OutputFormat? OutputOf(string file) => Outputs
        .Where(entry => entry.Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
        .Select(entry => (OutputFormat?)entry.Format)
        .FirstOrDefault();

    /// <summary>The ending of a format's files.</summary>
    public static string EndingOf(OutputFormat format) => Outputs.Single(entry => entry.Format == format).Endings[0];
}
