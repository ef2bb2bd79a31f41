using System.CommandLine;
using System.CommandLine.Parsing;
using AkiDb.Bridge.Host.Embedding;
using AkiDb.Bridge.Host.Remote;
using AkiDb.Bridge.Host.Streams;

namespace AkiDb.Bridge.Host.Commands;

/// <summary><c>akidb-bridge embed</c>: vectors of the given texts, or of the lines of standard input, one JSON array per line; or of the rows of files.</summary>
internal static class EmbedCommand
{
    private const int TextsPerChunk = 256;

    private static readonly Argument<string[]> Texts = new("texts")
    {
        Description = "The texts; none reads one text per line from standard input. Write -- before texts that begin with a hyphen.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly EmbedSwitches HowToEmbed = new();
    private static readonly Option<string?> Url = new("--url") { Description = "Asks a bridge that runs, and loads nothing here.", HelpName = "URL|unix:PATH" };
    private static readonly Option<string?> KeyFile = new("--key-file") { Description = "The file with the key that this bridge asks for.", HelpName = "FILE" };

    public static Command Create()
    {
        var switches = new BridgeSwitches();
        var command = new BridgeCommand(
            "embed",
            "Prints the vector of each text as one JSON array per line, or embeds files of any size.",
            "embed \"a text\" \"another\"",
            "embed -i texts.txt -o vectors.npy",
            "embed -i 'rows/*.jsonl.gz' --field body -o rows.parquet --resume",
            "embed -i table.csv --field title -o shards --shard-rows 100000",
            "embed -i texts.txt -o vectors.npy --url http://127.0.0.1:8080");
        command.Arguments.Add(Texts);
        FileSwitches.AddTo(command);
        HowToEmbed.AddTo(command);
        command.Options.Add(Url);
        command.Options.Add(KeyFile);
        switches.AddTo(command);
        command.SetAction((parsed, _) => StartupErrors.ReportAsync(() =>
        {
            var given = parsed.GetValue(Texts) ?? [];
            RefuseUnknownSwitches(parsed, given);
            return RunAsync(parsed, given, FileSwitches.Read(parsed, given.Length > 0), switches);
        }));
        return command;
    }

    // A switch with a typing error would else be embedded.
    private static void RefuseUnknownSwitches(ParseResult parsed, IEnumerable<string> texts)
    {
        var behindDoubleDash = parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).Skip(1).Count();
        if (texts.SkipLast(behindDoubleDash).FirstOrDefault(LooksLikeSwitch) is { } unknown)
        {
            throw new UsageException($"{UsageErrors.UnknownSwitch(unknown, parsed.CommandResult.Command)} If it is a text, write -- before the texts.");
        }
    }

    private static bool LooksLikeSwitch(string text) =>
        text.StartsWith('-') && text.TrimStart('-').Split('=')[0] is [>= 'A' and <= 'z', ..] name && !name.Any(char.IsWhiteSpace);

    private static async Task<int> RunAsync(ParseResult parsed, string[] texts, FileJobSettings? files, BridgeSwitches switches)
    {
        CommandLineTexts.Check(texts);
        var settings = HowToEmbed.Read(parsed);
        using var stopping = new CancellationTokenSource();
        using var signals = new StopSignals(stopping.Cancel);
        try
        {
            if (files is not null)
            {
                return await new FileJob(files, TimeProvider.System).RunAsync(
                    () => OpenAsync(FileEmbedding.MostAtATime), parsed.GetValue(FileSwitches.AsJson), stopping.Token);
            }

            await using var output = StandardDescriptor.OpenOutput();
            await using var input = texts.Length > 0 ? Stream.Null : StandardDescriptor.OpenInput();
            await using var bridge = await OpenAsync(EmbedStream.RequestsInFlight);
            var lines = new InputLines(input, bridge.MostCharacters);
            await new EmbedStream(bridge, output).RunAsync(texts.Length > 0 ? Chunks(texts) : lines.ReadAsync(stopping.Token), stopping.Token);
            return ExitCodes.Success;
        }
        catch (Exception) when (signals.First != 0)
        {
            return ExitCodes.Interrupted(signals.First);
        }

        async Task<ITextEmbedder> OpenAsync(int requestsInFlight) => parsed.GetValue(Url) is { } url
            ? new RemoteEmbedder(AttachTarget.Parse(Url.Name, url, parsed.GetValue(KeyFile)), switches.ModelAlone(parsed, Url.Name), settings, TimeProvider.System)
            : await OwnBridge.StartAsync(switches.ToConfiguration(parsed), settings, requestsInFlight, signals.Hurry, stopping.Token);
    }

    private static IAsyncEnumerable<TextChunk> Chunks(string[] texts) =>
        texts.Chunk(TextsPerChunk).Select((chunk, index) => new TextChunk((index * (long)TextsPerChunk) + 1, chunk)).ToAsyncEnumerable();
}
