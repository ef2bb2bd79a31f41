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
    public async Task InstallAsync(ServiceSettings settings, CancellationToken cancellationToken)
    {
        RequireReadable(settings.Program);
        using var existing = WindowsService.Find(name, toChange: true);
        var before = existing is null ? null : folder.ReadTrusted() ?? throw ServiceException.NotOurs(name);
        if (existing is not null)
        {
            await existing.StopAsync(settings.StopLimit, cancellationToken);
        }

        folder.Create();
        var file = folder.FileOf(settings);
        var old = File.Exists(file.Path) ? file with { Content = await File.ReadAllTextAsync(file.Path, cancellationToken) } : null;
        file.Write();
        using var created = existing is null ? WindowsService.Create(name, DisplayName, CommandOf(settings.Program)) : null;
        var service = existing ?? created!;
        service.SetCommand(DisplayName, CommandOf(settings.Program));
        foreach (var unknown in service.Describe(Description, settings.StopLimit))
        {
            await Console.Error.WriteLineAsync($"This Windows does not know {unknown} for a service: it is left out.");
        }

        if (!EventLog.SourceExists(name))
        {
            EventLog.CreateEventSource(name, "Application");
        }

        if (await service.StartAsync(StartLimit, cancellationToken) is not { } failure)
        {
            return;
        }

        var reason = string.Join(Environment.NewLine, folder.LastLines(LinesOfFailure));
        string outcome;
        if (before is null || old is null)
        {
            await UninstallAsync(cancellationToken);
            outcome = "was removed again";
        }
        else
        {
            // First what is started, then what runs: Windows may start the service again by itself at any moment, and one that did not answer may still be there.
            old.Write();
            service.SetCommand(DisplayName, CommandOf(before.Program));
            await service.StopAsync(settings.StopLimit, cancellationToken);
            outcome = ServiceException.PutBack(await service.StartAsync(StartLimit, cancellationToken));
        }

        throw new ServiceException($"The service did not become ready, and {outcome}. {failure}{Environment.NewLine}Its last lines:{Environment.NewLine}{reason}");
    }

    /// <inheritdoc/>
    public async Task UninstallAsync(CancellationToken cancellationToken)
    {
        using var service = WindowsService.Find(name, toChange: true);
        if (service is not null)
        {
            _ = folder.Read() ?? throw ServiceException.NotOurs(name);
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
        if (verb is ServiceVerb.Stop or ServiceVerb.Restart)
        {
            await service.StopAsync(StopLimit, cancellationToken);
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
