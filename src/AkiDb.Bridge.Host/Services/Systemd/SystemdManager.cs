using System.Text.Json;

namespace AkiDb.Bridge.Host.Services.Systemd;

/// <summary>systemd, the system's or a user's own.</summary>
/// <param name="name">What the service is called.</param>
/// <param name="forUser">Whether the user's own manager is meant.</param>
internal sealed class SystemdManager(string name, bool forUser) : IServiceManager
{
    private static readonly string[] GpuDevices = ["/dev/nvidiactl", "/dev/kfd"];

    private readonly string unit = $"{name}.service";

    private string UnitFile => Path.Combine(forUser ? Path.Combine(ConfigFolder, "systemd", "user") : "/etc/systemd/system", unit);

    // What a package of the distribution has installed, under the same name.
    private bool IsPackaged => !forUser && File.Exists($"/usr/lib/systemd/system/{unit}");

    private string EnvironmentFile => Path.Combine(forUser ? Path.Combine(ConfigFolder, "akidb-bridge") : "/etc/akidb-bridge", $"{name}.env");

    private static string ConfigFolder => Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } folder
        ? folder
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config");

    /// <inheritdoc/>
    public IReadOnlyList<ServiceFile> Plan(ServiceSettings settings) =>
    [
        new(UnitFile, SystemdUnit.Render(settings, EnvironmentFile, forUser, GpuDevices.Any(File.Exists))),
        new(EnvironmentFile, SystemdUnit.RenderEnvironment(settings.Environment), IsSecret: true),
    ];

    /// <inheritdoc/>
    public (IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)? Installed()
    {
        if (!File.Exists(UnitFile))
        {
            return null;
        }

        var line = File.ReadLines(UnitFile).FirstOrDefault(line => line.StartsWith(SystemdUnit.ArgumentsMember, StringComparison.Ordinal));
        var arguments = line is null ? [] : JsonSerializer.Deserialize(line[SystemdUnit.ArgumentsMember.Length..], ServiceJson.Default.StringArray) ?? [];
        return (arguments, File.Exists(EnvironmentFile) ? SystemdUnit.ReadEnvironment(File.ReadLines(EnvironmentFile)) : []);
    }

    /// <inheritdoc/>
    public async Task InstallAsync(ServiceSettings settings, CancellationToken cancellationToken)
    {
        if (!forUser)
        {
            RequireRoot();
            RequireReadable(settings.Program);
        }

        var files = Plan(settings);
        var before = files.Where(file => File.Exists(file.Path)).Select(file => file with { Content = File.ReadAllText(file.Path) }).ToList();
        Array.ForEach([.. files], file => file.Write());
        await RequireAsync(cancellationToken, "daemon-reload");
        await RequireAsync(cancellationToken, "enable", "--quiet", unit);
        var (code, said) = await SystemTool.ReadAsync(Systemctl("restart", unit), cancellationToken);
        if (code == 0)
        {
            return;
        }

        var reason = await LastLinesAsync(cancellationToken);
        var outcome = await PutBackAsync(files, before, cancellationToken);
        throw new ServiceException($"The service did not become ready, and {outcome}. {said}{Environment.NewLine}Its last lines:{Environment.NewLine}{reason}");
    }

    /// <inheritdoc/>
    public async Task UninstallAsync(CancellationToken cancellationToken)
    {
        if (!forUser)
        {
            RequireRoot();
        }

        if (IsPackaged)
        {
            if (!File.Exists(UnitFile))
            {
                throw new ServiceException($"The service '{name}' belongs to a package of this system, which removes it: 'apt-get remove akidb-bridge'.");
            }

            // What lies in its folders, the models too, and what is said in its environment belong to the package's own service, which takes over again.
            File.Delete(UnitFile);
            await RestartAsync(cancellationToken);
            return;
        }

        if (File.Exists(UnitFile))
        {
            await SystemTool.ReadAsync(Systemctl("disable", "--now", unit), cancellationToken);
            await SystemTool.ReadAsync(Systemctl("clean", "--what=all", unit), cancellationToken);
        }

        foreach (var file in new[] { UnitFile, EnvironmentFile }.Where(File.Exists))
        {
            File.Delete(file);
        }

        RemoveIfEmpty(Path.GetDirectoryName(EnvironmentFile)!);
        await RequireAsync(cancellationToken, "daemon-reload");
        await SystemTool.ReadAsync(Systemctl("reset-failed", unit), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> ControlAsync(ServiceVerb verb, CancellationToken cancellationToken)
    {
        if (!File.Exists(UnitFile) && !IsPackaged)
        {
            throw ServiceException.NotInstalled(name, forUser);
        }

        return SystemTool.ShowAsync(
            verb switch
            {
                ServiceVerb.Start => Systemctl("start", unit),
                ServiceVerb.Stop => Systemctl("stop", unit),
                ServiceVerb.Restart => Systemctl("restart", unit),
                ServiceVerb.Status => Systemctl("status", "--no-pager", "--full", unit),
                _ => ["journalctl", .. Flavour, "--no-pager", "--lines=200", forUser ? $"--user-unit={unit}" : $"--unit={unit}"],
            },
            cancellationToken);
    }

    private IEnumerable<string> Flavour => forUser ? ["--user"] : [];

    private string[] Systemctl(params string[] arguments) => ["systemctl", .. Flavour, .. arguments];

    private async Task RequireAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var (code, said) = await SystemTool.ReadAsync(Systemctl(arguments), cancellationToken);
        if (code != 0)
        {
            throw new ServiceException($"'systemctl {string.Join(' ', arguments)}' failed: {said}");
        }
    }

    private async Task<string> LastLinesAsync(CancellationToken cancellationToken)
    {
        string[] command = forUser ? ["journalctl", "--user", $"--user-unit={unit}"] : ["journalctl", $"--unit={unit}"];
        return (await SystemTool.ReadAsync([.. command, "--no-pager", "--output=cat", "--lines=12"], cancellationToken)).Output;
    }

    // What became of the one before.
    private async Task<string> PutBackAsync(IReadOnlyList<ServiceFile> files, List<ServiceFile> before, CancellationToken cancellationToken)
    {
        if (before.Count == 0 && !IsPackaged)
        {
            await UninstallAsync(cancellationToken);
            return "was removed again";
        }

        foreach (var file in files)
        {
            if (before.Find(old => old.Path == file.Path) is { } old)
            {
                old.Write();
            }
            else
            {
                File.Delete(file.Path);
            }
        }

        return ServiceException.PutBack(await RestartAsync(cancellationToken));
    }

    // Enabled anew: what enables it points at the file that has just gone, or has come back. Null, or why it does not become ready.
    private async Task<string?> RestartAsync(CancellationToken cancellationToken)
    {
        await RequireAsync(cancellationToken, "daemon-reload");
        await SystemTool.ReadAsync(Systemctl("reenable", "--quiet", unit), cancellationToken);
        var (code, said) = await SystemTool.ReadAsync(Systemctl("restart", unit), cancellationToken);
        return code == 0 ? null : said;
    }

    private static void RequireRoot()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new ServiceException("The system's services are root's to change: run this with sudo, or give --user for a service of your own.");
        }
    }

    // The service has an account of its own, and the homes of people are hidden from it.
    private static void RequireReadable(string program)
    {
        const UnixFileMode Enter = UnixFileMode.OtherExecute;
        for (var folder = Path.GetDirectoryName(program); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (folder is "/root" or "/home" || (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(folder) & Enter) == 0))
            {
                throw new ServiceException(
                    $"The program lies in '{Path.GetDirectoryName(program)}', and the service's account cannot enter '{folder}'. Move its folder to a place such as /opt/akidb-bridge and run it from there, or give --user.");
            }
        }
    }

    private static void RemoveIfEmpty(string folder)
    {
        if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
        {
            Directory.Delete(folder);
        }
    }
}
