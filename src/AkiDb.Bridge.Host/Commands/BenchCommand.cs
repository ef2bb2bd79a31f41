using System.CommandLine;
using System.Text.Json;
using AkiDb.Bridge.Configuration;
using AkiDb.Bridge.Host.Benchmark;

namespace AkiDb.Bridge.Host.Commands;

/// <summary><c>akidb-bridge bench</c>: how fast a bridge is on this machine.</summary>
internal static class BenchCommand
{
    private static readonly TimeSpan ShortestStage = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestStage = TimeSpan.FromMinutes(10);

    private static readonly Option<string?> Url = new("--url") { Description = "A bridge that runs already, such as http://127.0.0.1:8080; without it one is started.", HelpName = "URL" };
    private static readonly Option<string?> KeyFile = new("--key-file") { Description = "The file with the key that this bridge asks for.", HelpName = "FILE" };
    private static readonly Option<string> Stage = new("--stage") { Description = "How long each measurement takes; 5s by default.", DefaultValueFactory = _ => "5s" };
    private static readonly Option<string?> Plot = new("--plot") { Description = "Also draws the answers' times under a rising load, as SVG.", HelpName = "FILE" };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Prints the figures as JSON." };

    public static Command Create()
    {
        var switches = new BridgeSwitches();
        var command = new BridgeCommand("bench", "Measures the time for one text, the throughput, and the answers' times under a load that rises until it bends.", "bench --plot load.svg", "bench --url http://127.0.0.1:8080") { Url, KeyFile, Stage, Plot, AsJson };
        switches.AddTo(command);
        command.SetAction((parsed, token) => StartupErrors.ReportAsync(() => RunAsync(parsed, switches.ToConfiguration(parsed), token)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, IReadOnlyDictionary<string, string?> values, CancellationToken cancellationToken)
    {
        var stage = Duration.TryParse(parsed.GetValue(Stage)!, out var length) && length >= ShortestStage && length <= LongestStage
            ? length
            : throw new NotAcceptedException($"--stage {parsed.GetValue(Stage)} is no time from 100ms to 10m.");
        if (parsed.GetValue(Plot) is { } plot)
        {
            ResultFile.Expect(Plot.Name, plot);
        }

        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var signals = new StopSignals(stopping.Cancel);
        try
        {
            await using var target = await OpenAsync(parsed, values, stopping.Token);
            var asJson = parsed.GetValue(AsJson);
            var result = await new BenchRun(target, stage, asJson ? _ => { } : Console.Out.WriteLine, TimeProvider.System).RunAsync(stopping.Token);
            if (asJson)
            {
                await Console.Out.WriteLineAsync(JsonSerializer.Serialize(result, BenchJson.Default.BenchResult));
            }

            if (parsed.GetValue(Plot) is { } file)
            {
                await File.WriteAllTextAsync(file, LoadPlot.Draw(result), cancellationToken);
            }

            return result.IsComplete ? ExitCodes.Success : ExitCodes.Interrupted(signals.First);
        }
        catch (OperationCanceledException) when (signals.First != 0)
        {
            return ExitCodes.Interrupted(signals.First);
        }
    }

    private static async Task<IBenchTarget> OpenAsync(ParseResult parsed, IReadOnlyDictionary<string, string?> values, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(Url) is not { } url)
        {
            return await OwnTarget.StartAsync(values, cancellationToken);
        }

        var address = Uri.TryCreate(url, UriKind.Absolute, out var parsedUrl) && parsedUrl.Scheme is "http" or "https"
            ? parsedUrl
            : throw new NotAcceptedException($"--url {url} is no address such as http://127.0.0.1:8080.");
        return new RemoteTarget(address, parsed.GetValue(KeyFile) is { } file ? Remote.KeyFile.Expect(file) : null);
    }
}
