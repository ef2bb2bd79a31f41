using System.Text;
using AkiDb.Bridge.FunctionalTests.Hosting;
using CliWrap;
using CliWrap.Buffered;

namespace AkiDb.Bridge.FunctionalTests.Services;

/// <summary>A booted systemd over a throw-away copy of a root folder, with a loopback of its own: what it does leaves no trace here, and it can be booted again.</summary>
internal sealed class NspawnMachine : IAsyncDisposable
{
    private static readonly TimeSpan BootLimit = TimeSpan.FromMinutes(3);

    private readonly CancellationTokenSource end = new();
    private readonly StringBuilder said = new();
    private readonly string folder = $"/run/akidb-machine-{Guid.NewGuid():N}";
    private CommandTask<CommandResult>? running;

    private readonly string[] binds;

    private NspawnMachine(string[] binds) => this.binds = binds;

    /// <summary>Why there can be none here; null where there can be.</summary>
    public static string? Missing { get; } = !OperatingSystem.IsLinux() ? "systemd runs on Linux."
        : !Environment.IsPrivilegedProcess ? "Only root can boot a systemd of its own."
        : !File.Exists("/usr/bin/systemd-nspawn") ? "systemd-nspawn is not installed (Debian's package systemd-container)."
        : null;

    /// <summary>Boots one.</summary>
    /// <param name="root">What it finds at its root; changes stay in the machine.</param>
    /// <param name="binds">Folders of this machine, as <c>FOLDER:WHERE</c>, which it may read.</param>
    /// <exception cref="TimeoutException">systemd does not boot here.</exception>
    public static async Task<NspawnMachine> BootAsync(string root, params string[] binds)
    {
        var machine = new NspawnMachine(binds);
        try
        {
            await machine.MountAsync(root);
            await machine.StartAsync();
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Its first process, as this machine numbers it: the child of systemd-nspawn. 0 while there is none.</summary>
    public int FirstProcess
    {
        get
        {
            try
            {
                return File.ReadAllText($"/proc/{running!.ProcessId}/task/{running.ProcessId}/children")
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(int.Parse)
                    .FirstOrDefault(child => File.ReadAllText($"/proc/{child}/comm").Trim() == "systemd");
            }
            catch (IOException)
            {
                // One of them has ended meanwhile.
                return 0;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        await EndedAsync();

        if (Directory.Exists(folder))
        {
            await Cli.Wrap("umount").WithArguments(["--recursive", "--lazy", folder]).WithValidation(CommandResultValidation.None).ExecuteAsync();
            Directory.Delete(folder);
        }

        end.Dispose();
    }

    /// <summary>Shuts it down and boots it again, with what it has on its disk.</summary>
    public async Task RebootAsync()
    {
        await RunAsync("systemctl", "poweroff");
        await EndedAsync();
        await StartAsync();
    }

    /// <summary>Runs a command inside, to its end.</summary>
    public Task<(int ExitCode, string Output)> RunAsync(params string[] command) => EnterAsync("--all", command);

    /// <summary>Runs a program of this machine, such as curl, in the network of the other.</summary>
    public Task<(int ExitCode, string Output)> RunBesideAsync(params string[] command) => EnterAsync("--net", command);

    /// <summary>Runs a line of shell inside, which must succeed.</summary>
    public async Task<string> ShellAsync(string line)
    {
        var (code, output) = await RunAsync("/bin/sh", "-c", line);
        Assert.True(code == 0, $"{line}\nended with {code}: {output}");
        return output;
    }

    private async Task MountAsync(string root)
    {
        Directory.CreateDirectory(folder);
        await Cli.Wrap("mount").WithArguments(["-t", "tmpfs", "akidb-machine", folder]).ExecuteAsync();
        var (changes, work, merged) = (Path.Combine(folder, "changes"), Path.Combine(folder, "work"), Path.Combine(folder, "root"));
        Array.ForEach([changes, work, merged], path => Directory.CreateDirectory(path));
        await Cli.Wrap("mount").WithArguments(["-t", "overlay", "overlay", "-o", $"lowerdir={root},upperdir={changes},workdir={work}", merged]).ExecuteAsync();
    }

    private async Task StartAsync()
    {
        running = Cli.Wrap("systemd-nspawn")
            .WithArguments([
                "--quiet", "--register=no", "--keep-unit", "-D", Path.Combine(folder, "root"), "--private-network", $"--machine=akidb-{Guid.NewGuid():N}",
                .. binds.Select(bind => $"--bind-ro={bind}"), "--console=pipe", "-b",
            ])
            .WithValidation(CommandResultValidation.None)
            .WithStandardErrorPipe(PipeTarget.ToStringBuilder(said))
            .ExecuteAsync(end.Token);
        await Eventually.TrueAsync(
            async () => FirstProcess > 0 && (await RunAsync("systemctl", "is-system-running")).Output is "running" or "degraded", "systemd has booted", () => said.ToString(), BootLimit);
    }

    private async Task EndedAsync()
    {
        if (running is not null)
        {
            await ((Task)running.Task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<(int ExitCode, string Output)> EnterAsync(string namespaces, string[] command)
    {
        var result = await Cli.Wrap("nsenter")
            .WithArguments(["--target", $"{FirstProcess}", namespaces, "--", .. command])
            .WithEnvironmentVariables(variables => variables.Set("AKIDB_EMBEDDING_PYTHON_PATH", Python.WithTorch))
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        return (result.ExitCode, (result.StandardOutput + result.StandardError).Trim());
    }
}
