using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AkiDb.Bridge.Chaos;
using AkiDb.Bridge.Host.Remote;

namespace AkiDb.Bridge.Host.Commands;

/// <summary><c>akidb-bridge chaos</c>: faults against a running bridge, and a verdict.</summary>
internal static class ChaosCommand
{
    private static readonly Option<string> Url = Switch("--url", "The bridge, on this machine.", "http://127.0.0.1:8080");
    private static readonly Option<string> Duration = Switch("--duration", "How long faults are injected, such as 60s or 3m; a bare number is seconds.", "60s");
    private static readonly Option<string> KillEvery = Switch("--kill-every", "From one fault to the next.", "2s");
    private static readonly Option<string> Timeout = Switch("--timeout", "How long an answer may take.", "30s");
    private static readonly Option<string> Settle = Switch("--settle", "How long the bridge has at the end to recover.", "60s");
    private static readonly Option<string> Faults = Switch("--faults", "What happens to workers, a list of kill, segv, stop, abort, term.", "kill,segv,stop,abort,term");
    private static readonly Option<string?> Fallback = new("--fallback") { Description = "The requests' fallback policy: same-space or off; the bridge's own by default." };
    private static readonly Option<string> Callers = Switch("--callers", "Callers that send one request after the other.", "32");
    private static readonly Option<string?> Seed = new("--seed") { Description = "Repeats the random choices of a run." };
    private static readonly Option<string?> Key = new("--key-file") { Description = "The file with the bridge's key, which has the scopes embed and admin." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Prints the verdict as JSON." };

    public static Command Create()
    {
        var command = new BridgeCommand(
            "chaos", "Kills and stops the workers of a running bridge, checks every answer, and prints a verdict.", "chaos --duration 60s --kill-every 2s");
        foreach (var option in (Option[])[Url, Duration, KillEvery, Callers, Faults, Fallback, Timeout, Settle, Seed, Key, AsJson])
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, token) => StartupErrors.ReportAsync(() => RunAsync(parsed, token)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var settings = Read(parsed);
        try
        {
            if (!OperatingSystem.IsLinux())
            {
                throw new ChaosRefusedException("chaos finds the workers in /proc and sends them signals: it runs on Linux only.");
            }

            var verdict = await new ChaosRun(settings, Console.Error, TimeProvider.System).RunAsync(cancellationToken);
            if (parsed.GetValue(AsJson))
            {
                await Console.Out.WriteLineAsync(JsonSerializer.Serialize(verdict, ChaosJson.Default.Verdict));
            }
            else
            {
                VerdictTable.Write(Console.Out, verdict);
            }

            return verdict.Passed ? ExitCodes.Success : ExitCodes.Failure;
        }
        catch (ChaosRefusedException refused)
        {
            throw new NotAcceptedException(refused.Message);
        }
    }

    /// <exception cref="NotAcceptedException">A value is not understood.</exception>
    private static ChaosSettings Read(ParseResult parsed) => new(
        Uri.TryCreate(parsed.GetValue(Url), UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new NotAcceptedException($"--url {parsed.GetValue(Url)} is no address such as http://127.0.0.1:8080."),
        Time(parsed, Duration),
        Time(parsed, KillEvery),
        Number(Callers.Name, parsed.GetValue(Callers)!, least: 1),
        [.. parsed.GetValue(Faults)!.Split(',', StringSplitOptions.TrimEntries).Select(ReadFault)],
        parsed.GetValue(Fallback) is null or "same-space" or "off" ? parsed.GetValue(Fallback) : throw new NotAcceptedException($"--fallback {parsed.GetValue(Fallback)} is neither same-space nor off."),
        Time(parsed, Timeout),
        Time(parsed, Settle),
        parsed.GetValue(Seed) is { } seed ? Number(Seed.Name, seed, least: 0) : Random.Shared.Next(),
        parsed.GetValue(Key) is { } file ? KeyFile.Expect(file) : null);

    private static Fault ReadFault(string name) => Enum.GetValues<Fault>().Where(fault => FaultNames.Of(fault) == name).Select(fault => (Fault?)fault).FirstOrDefault()
        ?? throw new NotAcceptedException($"--faults: '{name}' is none of kill, segv, stop, abort, term.");

    private static TimeSpan Time(ParseResult parsed, Option<string> option)
    {
        var text = parsed.GetValue(option)!;
        var time = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds < TimeSpan.MaxValue.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : AkiDb.Bridge.Configuration.Duration.TryParse(text, out var length) ? length : TimeSpan.Zero;
        return time > TimeSpan.Zero && time.TotalMilliseconds < int.MaxValue ? time : throw new NotAcceptedException($"{option.Name} {text} is no time to wait.");
    }

    private static int Number(string name, string text, int least) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least
            ? number
            : throw new NotAcceptedException($"{name} {text} is no number from {least} on.");

    private static Option<string> Switch(string name, string description, string value) => new(name) { Description = description, DefaultValueFactory = _ => value };
}
