using System.CommandLine;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using AkiDb.Bridge.Host.Services;
using AkiDb.Bridge.Host.Services.Launchd;
using AkiDb.Bridge.Host.Services.Systemd;
using AkiDb.Bridge.Host.Services.Windows;
using AkiDb.Bridge.Host.Streams;

namespace AkiDb.Bridge.Host.Commands;

/// <summary><c>akidb-bridge service</c>: installs the program as a service of this system, and looks after it.</summary>
internal static partial class ServiceCommand
{
    private const string DefaultName = "akidb-bridge";

    private static readonly Option<string> Name = new("--name") { Description = $"What the service is called; {DefaultName} by default.", DefaultValueFactory = _ => DefaultName };
    private static readonly Option<bool> User = new("--user") { Description = "A service of your own instead of the system's: systemd --user, or a launch agent; not on Windows." };

    private static readonly Option<string[]> Variables = new("--env")
    {
        Description = "A variable of the service's environment; may be given several times.",
        HelpName = "KEY=VALUE",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Prints each file that would be written, and does nothing." };

    private static readonly Argument<string[]> Serve = new("serve-switches")
    {
        Description = "After --: the switches of serve, such as -- --port 9000. A service that is installed again keeps those it has unless others are given.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static Command Create()
    {
        var command = new BridgeCommand(
            "service", "Runs the bridge as a service: systemd, launchd, or Windows' service control manager.", "service install -- --port 9000", "service logs");
        var install = Add(command, "install", "Installs and starts it, or replaces the one that is installed.", InstallAsync);
        install.Options.Add(Variables);
        install.Options.Add(DryRun);
        install.Arguments.Add(Serve);
        Add(command, "uninstall", "Stops it, and removes all that was written for it.", UninstallAsync);
        Add(command, "start", "Starts it.", parsed => ControlAsync(parsed, ServiceVerb.Start));
        Add(command, "stop", "Stops it: what has arrived is answered.", parsed => ControlAsync(parsed, ServiceVerb.Stop));
        Add(command, "restart", "Stops and starts it.", parsed => ControlAsync(parsed, ServiceVerb.Restart));
        Add(command, "status", "Shows how it is.", parsed => ControlAsync(parsed, ServiceVerb.Status));
        Add(command, "logs", "Shows the last lines of its log.", parsed => ControlAsync(parsed, ServiceVerb.Logs));
        if (OperatingSystem.IsWindows())
        {
            Add(command, "run", "What Windows starts; not for people.", Run).Hidden = true;
        }

        return command;
    }

    private static BridgeCommand Add(Command parent, string name, string description, Func<ParseResult, Task<int>> run)
    {
        var command = new BridgeCommand(name, description, $"service {name}") { Name, User };
        command.SetAction((parsed, _) => StartupErrors.ReportAsync(() => run(parsed)));
        parent.Subcommands.Add(command);
        return command;
    }

    private static async Task<int> InstallAsync(ParseResult parsed)
    {
        var manager = ManagerOf(parsed);
        var settings = await DescribeAsync(parsed, manager);
        foreach (var file in manager.Plan(settings))
        {
            await Console.Out.WriteLineAsync($"# {file.Path}{Environment.NewLine}{file.Content}");
        }

        return parsed.GetValue(DryRun) ? ExitCodes.Success : await UnbrokenAsync(
            async (hurry, token) =>
            {
                await manager.InstallAsync(settings, hurry, token);
                await Console.Error.WriteLineAsync($"The service '{settings.Name}' is installed and answers.");
                return ExitCodes.Success;
            },
            "Interrupted: what was there before is put back. Interrupt once more, and nobody waits until it is ready.",
            "Nothing was changed.");
    }

    private static Task<int> UninstallAsync(ParseResult parsed) => UnbrokenAsync(
        async (hurry, _) =>
        {
            await ManagerOf(parsed).UninstallAsync(hurry);
            await Console.Error.WriteLineAsync($"The service '{NameOf(parsed)}' is uninstalled.");
            return ExitCodes.Success;
        },
        "The removal is finished first. Interrupt once more to leave it by halves.",
        "It is removed by halves. Give the same command again to finish that.");

    private static Task<int> ControlAsync(ParseResult parsed, ServiceVerb verb) => UnbrokenAsync(
        (_, token) => ManagerOf(parsed).ControlAsync(verb, token),
        "Interrupted.",
        verb is ServiceVerb.Start or ServiceVerb.Stop or ServiceVerb.Restart
            ? $"The service manager goes on with it: 'akidb-bridge service status{(parsed.GetValue(User) ? " --user" : "")} --name {NameOf(parsed)}' shows what becomes of it."
            : "Nothing was changed.");

    // What a signal would leave by halves is finished or put back first.
    private static async Task<int> UnbrokenAsync(Func<CancellationToken, CancellationToken, Task<int>> run, string atSignal, string whenGivenUp)
    {
        var saying = Task.CompletedTask;
        using var stopping = new CancellationTokenSource();
        using var signals = new StopSignals(() =>
        {
            saying = StandardError.WriteLineAsync(atSignal);
            stopping.Cancel();
        });
        try
        {
            var code = await run(signals.Hurry, stopping.Token);
            await saying;
            return signals.First == 0 ? code : ExitCodes.Interrupted(signals.First);
        }
        catch (Exception error) when (signals.First != 0 && error is OperationCanceledException or ServiceException)
        {
            await saying;
            await StandardError.WriteLineAsync(error is ServiceException ? error.Message : whenGivenUp);
            return ExitCodes.Interrupted(signals.First);
        }
    }

    [SupportedOSPlatform("windows")]
    private static Task<int> Run(ParseResult parsed) => Task.FromResult(WindowsServiceRun.Run(NameOf(parsed)));

    private static string NameOf(ParseResult parsed)
    {
        var name = parsed.GetValue(Name)!;
        return ServiceName().IsMatch(name)
            ? name
            : throw new NotAcceptedException($"--name {name} is no name for a service: letters, digits, '-', '_' and '.', at most 64, the first a letter.");
    }

    private static IServiceManager ManagerOf(ParseResult parsed)
    {
        var name = NameOf(parsed);
        var forUser = parsed.GetValue(User);
        return OperatingSystem.IsLinux() ? SystemdManager.OfMachine(name, forUser)
            : OperatingSystem.IsMacOS() ? LaunchdManager.OfMachine(name, forUser)
            : !OperatingSystem.IsWindows() ? throw new ServiceException("This system has no service manager that is known here: systemd, launchd, or that of Windows.")
            : forUser ? throw new UsageException("--user is for systemd and launchd: Windows has services of the system alone.")
            : new WindowsServiceManager(name);
    }

    private static Task<ServiceSettings> DescribeAsync(ParseResult parsed, IServiceManager manager)
    {
        var installed = manager.Installed();
        IReadOnlyList<string> arguments = parsed.GetValue(Serve) is { Length: > 0 } given ? given : installed?.Arguments ?? [];
        var environment = OwnVariables();
        foreach (var (key, value) in installed?.Environment ?? new Dictionary<string, string>())
        {
            environment[key] = value;
        }

        foreach (var text in parsed.GetValue(Variables) ?? [])
        {
            var (key, value) = text.Split('=', 2) is [var left, var right] && VariableName().IsMatch(left) && !right.Any(char.IsControl)
                ? (left, right)
                : throw new UsageException($"'--env {text.Split('=')[0]}' is not KEY=VALUE on one line, such as --env AKIDB_MODELS_PATH=/srv/models.");
            environment[key] = value;
        }

        return ServeCommand.DescribeServiceAsync(parsed.GetValue(Name)!, arguments, environment);
    }

    // What the shell says about the bridge counts for the service too; a path in it must mean the same from any folder.
    private static Dictionary<string, string> OwnVariables()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (variable is { Key: string key, Value: string value } && (key.StartsWith("AKIDB_", StringComparison.Ordinal) || key is "HF_HOME" or "HF_ENDPOINT") && !value.Any(char.IsControl))
            {
                variables[key] = Path.Exists(value) ? Path.GetFullPath(value) : value;
            }
        }

        return variables;
    }

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_.-]{0,63}\z")]
    private static partial Regex ServiceName();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex VariableName();
}
