using System.Diagnostics;
using System.Runtime.Versioning;

namespace AkiDb.Bridge.Host.Services.Windows;

/// <summary>Windows' service control manager.</summary>
/// <param name="name">What the service is called.</param>
[SupportedOSPlatform("windows")]
internal sealed class WindowsServiceManager(string name) : IServiceManager
{
    private const string Description = "Text embeddings over HTTP, from Python workers and an engine of its own.";
    private const int ShownLines = 200;
    private const int LinesOfFailure = 12;

    // Reading and hashing a large model takes its time; the service says every second that it is still starting.
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);

    private readonly ServiceFolder folder = new(name);

    private string Remedy => $"'sc.exe qc {name}'; if it is one of ours whose folder is gone, 'sc.exe delete {name}' removes it";

    private string DisplayName => $"AkiDb.Bridge ({name})";

    /// <inheritdoc/>
    public IReadOnlyList<ServiceFile> Plan(ServiceSettings settings) =>
    [
        folder.FileOf(settings),
        new(
            $@"HKLM\SYSTEM\CurrentControlSet\Services\{name}",
            $"""
            DisplayName: {DisplayName}
            Description: {Description}
            Command: {CommandOf(settings.Program)}
            Account: {WindowsService.AccountOf(name)}
            Start: automatic, delayed
            After a failure or an exit code other than 0: restart after 5, 15, then 60 seconds; counted for a day
            Limit of a stop: {settings.StopLimit.TotalSeconds:F0} seconds

            """),
    ];

    /// <inheritdoc/>
    public (IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)? Installed() =>
        folder.ReadTrusted() is { } stored ? (stored.Arguments, stored.Environment) : null;

    /// <inheritdoc/>
    public async Task InstallAsync(ServiceSettings settings, CancellationToken hurry, CancellationToken cancellationToken)
    {
        Privileges.Require(Privileges.Administrators);
        RequireReadable(settings.Program);
        using var existing = WindowsService.Find(name, toChange: true);
        var before = existing is null ? null : folder.ReadTrusted() ?? throw ServiceException.NotOurs(name, Remedy);
        folder.Create();
        var file = folder.FileOf(settings);
        var old = before is null ? null : file with { Content = await File.ReadAllTextAsync(file.Path, cancellationToken) };
        await Replacement.RunAsync(
            async () =>
            {
                if (existing is not null)
                {
                    await existing.StopAsync(settings.StopLimit, cancellationToken);
                }

                file.Write();
                using var created = existing is null ? WindowsService.Create(name, DisplayName, CommandOf(settings.Program)) : null;
                return await ChangeAndStartAsync(existing ?? created!, settings, cancellationToken);
            },
            () => Task.FromResult(string.Join(Environment.NewLine, folder.LastLines(LinesOfFailure))),
            async () =>
            {
                if (existing is null || before is null || old is null)
                {
                    await UninstallAsync(CancellationToken.None);
                    return "was removed again";
                }

                // First what is started, then what runs: Windows may start the service again by itself at any moment, and one that did not answer may still be there.
                old.Write();
                existing.SetCommand(DisplayName, CommandOf(before.Program));
                await existing.StopAsync(settings.StopLimit, CancellationToken.None);
                return ServiceException.PutBack(await existing.StartAsync(StartLimit, hurry));
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task UninstallAsync(CancellationToken cancellationToken)
    {
        Privileges.Require(Privileges.Administrators);
        using var service = WindowsService.Find(name, toChange: true);
        if (service is not null)
        {
            _ = folder.Read() ?? throw ServiceException.NotOurs(name, Remedy);
            await service.StopAsync(StopLimit, cancellationToken);
            service.Delete();
        }

        if (EventLog.SourceExists(name))
        {
            EventLog.DeleteEventSource(name);
        }

        folder.Delete();
    }

    /// <inheritdoc/>
    public async Task<int> ControlAsync(ServiceVerb verb, CancellationToken cancellationToken)
    {
        var changes = verb is ServiceVerb.Start or ServiceVerb.Stop or ServiceVerb.Restart;
        using var service = WindowsService.Find(name, changes) ?? throw ServiceException.NotInstalled(name, forUser: false);
        _ = folder.Read() ?? throw ServiceException.NotOurs(name, Remedy);
        if (verb is ServiceVerb.Stop or ServiceVerb.Restart)
        {
            // Of a restart nothing is left out: whoever gives up does not leave a service that has stopped.
            await service.StopAsync(StopLimit, verb is ServiceVerb.Restart ? CancellationToken.None : cancellationToken);
        }

        if (verb is ServiceVerb.Start or ServiceVerb.Restart && await service.StartAsync(StartLimit, cancellationToken) is { } failure)
        {
            throw new ServiceException($"The service '{name}' did not become ready. {failure} 'akidb-bridge service logs --name {name}' shows what it said.");
        }

        if (verb is ServiceVerb.Status)
        {
            await Console.Out.WriteLineAsync($"{name}: {service.Summary()}");
            return service.IsThere ? ExitCodes.Success : ExitCodes.Failure;
        }

        if (verb is ServiceVerb.Logs)
        {
            foreach (var line in folder.LastLines(ShownLines))
            {
                await Console.Out.WriteLineAsync(line);
            }
        }

        return ExitCodes.Success;
    }

    private TimeSpan StopLimit => folder.Read()?.StopLimit() ?? StartLimit;

    // Null, or why it does not become ready.
    private async Task<string?> ChangeAndStartAsync(WindowsService service, ServiceSettings settings, CancellationToken cancellationToken)
    {
        service.SetCommand(DisplayName, CommandOf(settings.Program));
        foreach (var unknown in service.Describe(Description, settings.StopLimit))
        {
            await Console.Error.WriteLineAsync($"This Windows does not know {unknown} for a service: it is left out.");
        }

        if (!EventLog.SourceExists(name))
        {
            EventLog.CreateEventSource(name, "Application");
        }

        return await service.StartAsync(StartLimit, cancellationToken);
    }

    private string CommandOf(string program) => $"\"{program}\" service run --name {name}";

    // The service has an account of its own, which cannot enter the profiles of people.
    private static void RequireReadable(string program)
    {
        var profiles = Path.GetDirectoryName(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
        if (profiles is { Length: > 3 } && program.StartsWith(profiles + Path.DirectorySeparatorChar, StringComparison.OrdinalIgnoreCase))
        {
            throw new ServiceException(
                $"The program lies in '{Path.GetDirectoryName(program)}', where the service's account cannot read it. Move its folder to a place such as 'C:\\Program Files\\akidb-bridge' and run it from there.");
        }
    }
}
