namespace AkiDb.Bridge.Host.Services.Systemd;

/// <summary>systemd, the system's or a user's own.</summary>
/// <param name="name">What the service is called.</param>
/// <param name="forUser">Whether the user's own manager is meant.</param>
/// <param name="root">Where the files lie: the root of the system, or the user's folder of configuration.</param>
/// <param name="run">Runs a command, shows or returns what it prints, and returns its exit code.</param>
/// <param name="time">The clock.</param>
internal sealed class SystemdManager(string name, bool forUser, string root, Func<IReadOnlyList<string>, bool, CancellationToken, Task<(int ExitCode, string Output)>> run, TimeProvider time) : IServiceManager
{
    // Reading and hashing a large model takes its time; the service asks for more as long as it loads.
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);

    private static readonly string[] GpuDevices = ["/dev/nvidiactl", "/dev/kfd"];

    private readonly string unit = $"{name}.service";
    private readonly UnitOnDisk unitFile = new(Path.Combine(root, forUser ? "systemd/user" : "etc/systemd/system", $"{name}.service"));

    // What a package of the distribution has installed, under the same name.
    private readonly UnitOnDisk packagedFile = new(Path.Combine(root, "usr/lib/systemd/system", $"{name}.service"));

    /// <summary>The one of this machine.</summary>
    public static SystemdManager OfMachine(string name, bool forUser) => new(name, forUser, forUser ? ConfigFolder : "/", SystemTool.RunAsync, TimeProvider.System);

    private bool IsPackaged => !forUser && packagedFile.IsThere;

    private string VariablesFile => Path.Combine(root, forUser ? "akidb-bridge" : "etc/akidb-bridge", $"{name}.env");

    // What the service would have as its own, as from one of this name that was removed by hand. Where a user's lie differs from version to version of systemd.
    private bool HasFolders => forUser || Array.Exists(["lib", "cache", "log"], kind => Directory.Exists(Path.Combine(root, "var", kind, name)));

    private static string ConfigFolder => Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } folder
        ? folder
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config");

    /// <inheritdoc/>
    public IReadOnlyList<ServiceFile> Plan(ServiceSettings settings) =>
    [
        new(unitFile.Path, SystemdUnit.Render(settings, VariablesFile, forUser, GpuDevices.Any(File.Exists))),
        new(VariablesFile, EnvironmentFile.Render(settings.Environment), IsSecret: true),
    ];

    /// <inheritdoc/>
    public (IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)? Installed()
    {
        RequireOurs();

        // The service of a package has its unit elsewhere, and its variables here.
        if (!unitFile.IsThere && !File.Exists(VariablesFile))
        {
            return null;
        }

        try
        {
            return (unitFile.IsThere ? unitFile.Arguments() : [], File.Exists(VariablesFile) ? EnvironmentFile.Read(VariablesFile, File.ReadLines(VariablesFile)) : []);
        }
        catch (UnauthorizedAccessException) when (!forUser)
        {
            throw new ServiceException($"'{VariablesFile}' has what the service has now, and is root's to read: run this with sudo.");
        }
    }

    /// <inheritdoc/>
    public async Task InstallAsync(ServiceSettings settings, CancellationToken hurry, CancellationToken cancellationToken)
    {
        RequireRights();
        RequireOurs();
        if (!forUser)
        {
            RequireReadable(settings.Program);
        }

        await RequireManagerAsync(cancellationToken);
        var files = Plan(settings);
        var keepsFolders = HasFolders;
        var before = files.Where(file => File.Exists(file.Path)).Select(file => file with { Content = File.ReadAllText(file.Path) }).ToList();
        await Replacement.RunAsync(
            async () =>
            {
                Array.ForEach([.. files], file => file.Write());
                await RequireAsync(cancellationToken, "daemon-reload");
                await RequireAsync(cancellationToken, "enable", "--quiet", unit);
                return await RestartAsync(cancellationToken);
            },
            () => LastLinesAsync(hurry),
            () => PutBackAsync(files, before, keepsFolders, hurry),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task UninstallAsync(CancellationToken cancellationToken)
    {
        RequireRights();
        RequireOurs();
        await RequireManagerAsync(cancellationToken);
        if (IsPackaged)
        {
            if (!unitFile.IsThere)
            {
                throw new ServiceException($"The service '{name}' belongs to a package of this system, which removes it: 'apt-get remove akidb-bridge'.");
            }

            // What lies in its folders, the models too, and what is said in its environment belong to the package's own service, which takes over again.
            File.Delete(unitFile.Path);
            await ReenableAsync(cancellationToken);
            return;
        }

        await RemoveAsync(keepsFolders: false, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<int> ControlAsync(ServiceVerb verb, CancellationToken cancellationToken)
    {
        if (!unitFile.IsThere && !IsPackaged)
        {
            throw ServiceException.NotInstalled(name, forUser);
        }

        RequireOurs();
        await RequireManagerAsync(cancellationToken);
        string[] command = verb switch
        {
            ServiceVerb.Start => Systemctl("start", unit),
            ServiceVerb.Stop => Systemctl("stop", unit),
            ServiceVerb.Restart => Systemctl("restart", unit),
            ServiceVerb.Status => Systemctl("status", "--no-pager", "--full", unit),
            _ => ["journalctl", .. Flavour, "--no-pager", "--lines=200", forUser ? $"--user-unit={unit}" : $"--unit={unit}"],
        };
        var outcome = verb is ServiceVerb.Start or ServiceVerb.Restart
            ? await StartAsync(command, show: true, cancellationToken)
            : await run(command, true, cancellationToken);
        if (outcome is { ExitCode: not 0 } && verb is ServiceVerb.Start or ServiceVerb.Stop or ServiceVerb.Restart)
        {
            RequireRights();
        }

        return outcome?.ExitCode ?? throw new ServiceException($"The service '{name}' did not become ready. {TooLate} 'akidb-bridge service logs{(forUser ? " --user" : "")} --name {name}' shows what it said.");
    }

    private static string TooLate => $"It did not answer within {StartLimit.TotalSeconds:F0} s.";

    private IEnumerable<string> Flavour => forUser ? ["--user"] : [];

    private string[] Systemctl(params string[] arguments) => ["systemctl", .. Flavour, .. arguments];

    private async Task RequireAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var (code, said) = await run(Systemctl(arguments), false, cancellationToken);
        if (code != 0)
        {
            throw new ServiceException($"'systemctl {string.Join(' ', arguments)}' failed: {said}");
        }
    }

    private async Task<string> LastLinesAsync(CancellationToken cancellationToken)
    {
        string[] command = forUser ? ["journalctl", "--user", $"--user-unit={unit}"] : ["journalctl", $"--unit={unit}"];
        return (await run([.. command, "--no-pager", "--output=cat", "--lines=12"], false, cancellationToken)).Output;
    }

    private async Task RemoveAsync(bool keepsFolders, CancellationToken cancellationToken)
    {
        if (unitFile.IsThere)
        {
            await run(Systemctl("disable", "--now", unit), false, cancellationToken);
            if (!keepsFolders)
            {
                await run(Systemctl("clean", "--what=all", unit), false, cancellationToken);
            }
        }

        foreach (var file in new[] { unitFile.Path, VariablesFile }.Where(File.Exists))
        {
            File.Delete(file);
        }

        RemoveIfEmpty(Path.GetDirectoryName(VariablesFile)!);
        await RequireAsync(cancellationToken, "daemon-reload");
        await run(Systemctl("reset-failed", unit), false, cancellationToken);
    }

    // What became of the one before. Its files are back in any case; only whether it becomes ready need not be waited for.
    private async Task<string> PutBackAsync(IReadOnlyList<ServiceFile> files, List<ServiceFile> before, bool keepsFolders, CancellationToken hurry)
    {
        var isFirst = !IsPackaged && before.TrueForAll(file => file.Path != unitFile.Path);
        try
        {
            if (isFirst)
            {
                await RemoveAsync(keepsFolders, CancellationToken.None);
            }
        }
        finally
        {
            foreach (var file in files.Where(file => before.TrueForAll(old => old.Path != file.Path) && File.Exists(file.Path)))
            {
                File.Delete(file.Path);
            }

            before.ForEach(file => file.Write());
        }

        return isFirst ? "was removed again" : ServiceException.PutBack(await ReenableAsync(hurry));
    }

    // Enabled anew: what enables it points at the file that has just gone, or has come back. Null, or why it does not become ready.
    private async Task<string?> ReenableAsync(CancellationToken hurry)
    {
        await RequireAsync(CancellationToken.None, "daemon-reload");
        await run(Systemctl("reenable", "--quiet", unit), false, CancellationToken.None);
        try
        {
            return await RestartAsync(hurry);
        }
        catch (OperationCanceledException)
        {
            // Whoever asked for it may have been ended before systemd has heard of it.
            await run(Systemctl("restart", "--no-block", unit), false, CancellationToken.None);
            throw;
        }
    }

    // Null, or why it does not become ready.
    private async Task<string?> RestartAsync(CancellationToken cancellationToken) =>
        await StartAsync(Systemctl("restart", unit), show: false, cancellationToken) switch
        {
            null => TooLate,
            { ExitCode: 0 } => null,
            { Output: var said } => said,
        };

    // Null when nobody has answered in time: systemd itself waits as long as the service asks it to.
    private async Task<(int ExitCode, string Output)?> StartAsync(string[] command, bool show, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(StartLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await run(command, show, either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    // Another program's service has this name, or an administrator has taken the name out of use: neither is changed.
    private void RequireOurs()
    {
        if (unitFile.IsMasked)
        {
            throw new ServiceException($"The service '{name}' is masked: somebody has taken it out of use. 'systemctl {string.Concat(Flavour.Select(flag => $"{flag} "))}unmask {unit}' puts it back into use; or take another --name.");
        }

        if ((unitFile.IsThere ? unitFile : IsPackaged ? packagedFile : null) is { IsOurs: false } foreign)
        {
            throw ServiceException.NotOurs(name, $"'{foreign.Path}'");
        }
    }

    // Before anything is written: what is done by halves must be undone by the one who does not answer.
    private async Task RequireManagerAsync(CancellationToken cancellationToken)
    {
        var (code, said) = await run(Systemctl("show", "--property=Version"), false, cancellationToken);
        if (code != 0)
        {
            throw new ServiceException(forUser
                ? $"Your own systemd does not answer: {OneLine(said)}. Log in as this user itself, not through su or sudo; or let it run without a login, by 'loginctl enable-linger', and set XDG_RUNTIME_DIR=/run/user/$(id -u)."
                : $"systemd does not answer: {OneLine(said)}. Where another program is the first process, as in most containers, start 'akidb-bridge serve' by that one.");
        }
    }

    private static string OneLine(string said) => said.ReplaceLineEndings(" ").TrimEnd('.');

    private void RequireRights()
    {
        if (!forUser)
        {
            Privileges.Require(Privileges.Root);
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
