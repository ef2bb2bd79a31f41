using System.CommandLine;
using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.Host.Remote;
using AkiDb.Bridge.Host.Stdio;
using AkiDb.Bridge.Host.Streams;

namespace AkiDb.Bridge.Host.Commands;

/// <summary><c>akidb-bridge stdio</c>: stands in for the Python program that akidb-rest starts, line by line on standard input and output.</summary>
internal static class StdioCommand
{
    private const string Name = "stdio";
    private const string ScriptEnding = ".py";
    private const string AttachVariable = "AKIDB_BRIDGE_ATTACH";
    private const string KeyFileVariable = "AKIDB_BRIDGE_KEY_FILE";

    // What the other bridge takes, unless it was told otherwise.
    private static readonly int MostRelayedBytes = (int)new HttpOptions().MaxBodyBytes;

    private static readonly Option<string?> Attach = new("--attach")
    {
        Description = $"Relays to a bridge that runs as a service, and loads nothing here; also {AttachVariable}.",
        HelpName = "URL|unix:PATH",
    };

    private static readonly Option<string?> KeyFile = new("--key-file")
    {
        Description = $"The file with the key that the service asks for; also {KeyFileVariable}.",
        HelpName = "FILE",
    };

    // AkiDB still answers its own callers when both are asked to stop, and ends the input when it has.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    public static Command Create()
    {
        var switches = new BridgeSwitches(takesModel: false);
        var command = new BridgeCommand(
            Name,
            "Answers on standard output what akidb-rest asks its Python program for on standard input.",
            "stdio",
            "stdio --attach unix:/run/akidb-bridge.sock");
        switches.AddTo(command);
        command.Options.Add(Attach);
        command.Options.Add(KeyFile);
        command.SetAction((parsed, _) => StartupErrors.ReportAsync(() =>
        {
            if (Value(parsed, Attach, AttachVariable) is { } url)
            {
                return RunAsync(new AttachedBridge(AttachTarget.Parse(Attach.Name, url, Value(parsed, KeyFile, KeyFileVariable)), TimeProvider.System), MostRelayedBytes);
            }

            var values = switches.ToConfiguration(parsed);
            return RunAsync(new LocalModels(values, TimeProvider.System), HostedModel.MostLineBytes(values));
        }));
        return command;
    }

    /// <summary>The arguments as the parser takes them: whoever starts this program as a Python, with a script, means this command.</summary>
    public static string[] InsteadOfScript(string[] arguments) =>
        arguments is [var script, .. var rest] && script.EndsWith(ScriptEnding, StringComparison.Ordinal) && !script.StartsWith('-') ? [Name, .. rest] : arguments;

    // akidb-rest passes on its environment, but no switches.
    private static string? Value(ParseResult parsed, Option<string?> option, string variable) =>
        parsed.GetValue(option) ?? (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null);

    private static async Task<int> RunAsync(IModelService models, int mostLineBytes)
    {
        RuntimeSockets.Remove();
        await using var owned = models;
        using var stopReading = new CancellationTokenSource();
        using var signals = new StopSignals(() => stopReading.CancelAfter(Console.IsInputRedirected ? Grace : TimeSpan.Zero));
        await using var output = StandardDescriptor.TakeOutput();
        await using var input = StandardDescriptor.OpenInput();
        try
        {
            await new StdioServer(new CallLines(input, mostLineBytes), output, models).RunAsync(stopReading.Token, signals.Hurry);
            return ExitCodes.Success;
        }
        catch (OperationCanceledException) when (signals.Hurry.IsCancellationRequested)
        {
            return ExitCodes.Interrupted(signals.First);
        }
    }
}
