using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.FunctionalTests.Packages;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests.Services;

/// <summary>A Debian as debootstrap makes it: neither .NET nor Python is there, and the program is where its packages put it.</summary>
public sealed class DebianMachine : IAsyncLifetime
{
    private static readonly string Root = Path.Combine(TestPaths.Repository, ".setup", "debian");

    private NspawnMachine? machine;

    /// <summary>Why there is none; null when it runs.</summary>
    public string? Missing { get; private set; } = NspawnMachine.Missing
        ?? (Directory.Exists(Root) ? null : "There is no fresh Debian here: scripts/setup --test makes one, with debootstrap, as root.");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (Missing is null && Environment.GetEnvironmentVariable("AKIDB_TEST_PACKAGES") is { Length: > 0 } packages)
        {
            try
            {
                machine = await NspawnMachine.BootAsync(Root, $"{Path.GetFullPath(packages)}:/packages");
            }
            catch (TimeoutException error)
            {
                Missing = $"systemd does not boot here: {error.Message}";
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (machine is not null)
        {
            await machine.DisposeAsync();
        }
    }

    /// <summary>The path of a package, inside; ends the test as skipped where it cannot be tried.</summary>
    internal string Require(string pattern)
    {
        var file = ReleasePackages.Require(pattern);
        Assert.SkipWhen(Missing is not null, Missing ?? "");
        return $"/packages/{Path.GetFileName(file)}";
    }

    internal Task<(int ExitCode, string Output)> RunAsync(params string[] command) => machine!.RunAsync(command);

    internal Task<string> ShellAsync(string line) => machine!.ShellAsync(line);

    internal Task RebootAsync() => machine!.RebootAsync();

    /// <summary>Waits for an answer of the in-process engine, which must be right.</summary>
    internal async Task CheckAnswerAsync(int port)
    {
        var body = await Eventually.GetAsync(
            async () => await machine!.RunBesideAsync(
                "curl", "-sf", "-H", "Content-Type: application/json", "-d", SmallestCall.Body, $"http://127.0.0.1:{port}/api/v1/embed") is (0, var answer) ? answer : null,
            $"port {port} answers",
            () => "");
        Assert.Equal("in-process", SmallestCall.Check(body));
    }
}
