using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;
using CliWrap;
using CliWrap.Buffered;

namespace AkiDb.Bridge.FunctionalTests.Deploy;

/// <summary>Podman, with images and containers of the tests' own. No registry is asked: its only image is the fresh Debian of <c>scripts/setup --test</c>.</summary>
internal sealed class Podman : IAsyncDisposable
{
    private static readonly string Debian = Path.Combine(TestPaths.Repository, ".setup", "debian");

    // runc takes control groups of both versions at once, crun does not.
    private static readonly string[] Runtime = File.Exists("/usr/sbin/runc") ? ["--runtime", "runc"] : [];

    private readonly TemporaryFolder folder = new();

    private Podman()
    {
    }

    /// <summary>Has the fresh Debian under a name; ends the test as skipped where it cannot be.</summary>
    public static async Task<Podman> RequireAsync(string image)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root's podman is tried.");
        Assert.SkipUnless(File.Exists("/usr/bin/podman"), "podman is not installed (Debian's package podman).");
        Assert.SkipUnless(Directory.Exists(Debian), "There is no fresh Debian here: scripts/setup --test makes one, as root.");
        var podman = new Podman();
        try
        {
            await Cli.Wrap("tar").WithArguments(["-C", Debian, "-cf", podman.Archive, "."]).ExecuteAsync(TestContext.Current.CancellationToken);
            await podman.RunAsync("import", podman.Archive, image);
            return podman;
        }
        catch
        {
            await podman.DisposeAsync();
            throw;
        }
    }

    private string Archive => Path.Combine(folder.Path, "debian.tar");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CommandOf("rm", "--force", "--all").WithValidation(CommandResultValidation.None).ExecuteAsync();

        // It has mounted its storage upon itself.
        await Cli.Wrap("umount").WithArguments(["--recursive", Path.Combine(folder.Path, "storage", "overlay")]).WithValidation(CommandResultValidation.None).ExecuteAsync();
        folder.Dispose();
    }

    /// <summary>Runs a command of podman's, which must succeed.</summary>
    /// <returns>What it prints.</returns>
    public async Task<string> RunAsync(params string[] arguments)
    {
        var result = await CommandOf(arguments).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.True(result.ExitCode == 0, $"podman {string.Join(' ', arguments)}\nended with {result.ExitCode}: {result.StandardOutput}{result.StandardError}");
        return result.StandardOutput.Trim();
    }

    private Command CommandOf(params string[] arguments) => Cli.Wrap("podman").WithArguments([
        "--root", Path.Combine(folder.Path, "storage"), "--runroot", Path.Combine(folder.Path, "state"), "--storage-driver", "overlay", "--cgroup-manager", "cgroupfs", "--events-backend", "file",
        .. Runtime, .. arguments,
    ]);
}
