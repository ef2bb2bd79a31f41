using System.CommandLine;
using AkiDb.Bridge.Host.Embedding;
using AkiDb.Bridge.Host.Files;

namespace AkiDb.Bridge.Host.Commands;

/// <summary>The switches of <c>embed</c>, <c>submit</c> and <c>collect</c> that are about files.</summary>
internal static class FileSwitches
{
    private const string NoShardRows = "--shard-rows takes a number from 1 on.";

    private static readonly Option<string[]> Input = new("--input", "-i")
    {
        Description = "Files to embed, patterns such as 'data/**/*.txt', or - for standard input; also compressed with gzip or zstd.",
        HelpName = "FILE...",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> InputFormat = new("--input-format")
    {
        Description = $"{string.Join(", ", FormatNames.OfInputs)}; by default what the file's name says, else a text a line.",
        HelpName = "FORMAT",
    };

    private static readonly Option<string?> Field = new("--field", "--column")
    {
        Description = "The member (JSON lines; a dot leads into an object) or column with the texts; text by default.",
        HelpName = "NAME",
    };

    private static readonly Option<string?> Id = new("--id") { Description = "The member or column that names rows; by default they are numbered from 1.", HelpName = "NAME" };

    private static readonly Option<string?> Output = new("--output", "-o")
    {
        Description = "The file for the vectors, or with --shard-rows a folder; by default standard output.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> Format = new("--format")
    {
        Description = $"{string.Join(", ", FormatNames.OfOutputs)}; by default what the output's name says, else jsonl.",
        HelpName = "FORMAT",
    };

    private static readonly Option<long?> ShardRows = new("--shard-rows") { Description = "Writes a folder of files, each for so many rows of the input.", HelpName = "N" };
    private static readonly Option<bool> Resume = new("--resume") { Description = "Goes on where an earlier run was broken off; starts if there was none." };
    private static readonly Option<bool> Append = new("--append") { Description = "Adds to an output that is there, if its vectors are in the same space." };

    /// <summary>Whether the summary is JSON.</summary>
    public static Option<bool> AsJson { get; } = new("--json") { Description = "Prints the summary as JSON on standard output." };

    public static void AddTo(Command command)
    {
        InputFormat.AcceptOnlyFromAmong([.. FormatNames.OfInputs]);
        Format.AcceptOnlyFromAmong([.. FormatNames.OfOutputs]);
        foreach (var option in (Option[])[Input, InputFormat, Field, Id, Output, Format, ShardRows, Resume, Append, AsJson])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Adds those of what is read, and how far it was read before.</summary>
    public static void AddInputTo(Command command)
    {
        InputFormat.AcceptOnlyFromAmong([.. FormatNames.OfInputs]);
        foreach (var option in (Option[])[Input, InputFormat, Field, Id, ShardRows, Resume])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>What is read, and whether an earlier run is gone on with.</summary>
    /// <exception cref="NotAcceptedException">A value is not what it must be.</exception>
    public static (IReadOnlyList<string> Files, InputSettings Settings, long? ShardRows, bool Resume) ReadInput(ParseResult parsed) => parsed.GetValue(ShardRows) is < 1
        ? throw new NotAcceptedException(NoShardRows)
        : (InputsOf(parsed), SettingsOf(parsed), parsed.GetValue(ShardRows), parsed.GetValue(Resume));

    /// <summary>What is to be done with files.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="hasTexts">Whether it has texts.</param>
    /// <param name="job">The job whose vectors are collected; null where they are computed.</param>
    /// <returns>Null where none of these switches was given: texts, or lines of standard input.</returns>
    /// <exception cref="UsageException">They contradict each other.</exception>
    /// <exception cref="NotAcceptedException">A value is not what it must be.</exception>
    public static FileJobSettings? Read(ParseResult parsed, bool hasTexts, string? job = null)
    {
        var first = ((Option[])[Input, InputFormat, Field, Id, Output, Format, ShardRows, Resume, Append, AsJson]).FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false });
        if (first is null)
        {
            return null;
        }

        var output = parsed.GetValue(Output);
        var shardRows = parsed.GetValue(ShardRows);
        var format = parsed.GetValue(Format) is { } named ? FormatNames.Output(named)
            : output is null || shardRows is not null ? OutputFormat.JsonLines
            : FormatNames.OutputOf(output) ?? throw new UsageException($"The name {output} says no format. Give one with --format: {string.Join(", ", FormatNames.OfOutputs)}.");
        var needsOutput = (Option?[])[parsed.GetValue(Resume) ? Resume : null, parsed.GetValue(Append) ? Append : null, shardRows is null ? null : ShardRows, parsed.GetValue(AsJson) ? AsJson : null];
        return hasTexts ? throw new UsageException($"{first.Name} is about files, and there are texts on the command line: give one or the other.")
            : output is null && needsOutput.FirstOrDefault(option => option is not null) is { } lacking ? throw new UsageException($"{lacking.Name} needs --output.")
            : output is null && format is OutputFormat.Npy or OutputFormat.Parquet && output is null ? throw new UsageException($"--format {parsed.GetValue(Format)} needs --output: such a file is only whole at its end.")
            : shardRows is < 1 ? throw new NotAcceptedException(NoShardRows)
            : parsed.GetValue(Resume) && parsed.GetValue(Append) ? throw new UsageException("Give --append to begin to add rows, and --resume alone to go on with that.")
            : new FileJobSettings(
                InputsOf(parsed),
                SettingsOf(parsed),
                format,
                output is null ? null : new OutputPaths(output, format, shardRows),
                job,
                parsed.GetValue(Resume),
                parsed.GetValue(Append));
    }

    private static string[] InputsOf(ParseResult parsed) => parsed.GetValue(Input) is { Length: > 0 } inputs ? inputs : [InputFiles.StandardInput];

    private static InputSettings SettingsOf(ParseResult parsed) =>
        new() { Format = parsed.GetValue(InputFormat) is { } from ? FormatNames.Input(from) : null, Field = parsed.GetValue(Field), IdField = parsed.GetValue(Id) };
}
