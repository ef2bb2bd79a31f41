using System.IO.Compression;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.FunctionalTests.Packages;
using CliWrap;

namespace AkiDb.Bridge.FunctionalTests.Services;

/// <summary>A Windows of the tests' own, as Wine has it, with the archive for Windows unpacked on its drive.</summary>
/// <remarks>Its service control manager is a real one; it knows neither virtual accounts nor restarts after a failure.</remarks>
public sealed class WineMachine : IAsyncLifetime
{
    private const string Variable = "WINEPREFIX";

    // A start may take five minutes until it is given up; what takes longer hangs, and is ended with the test that waits for it.
    internal static readonly TimeSpan Longest = TimeSpan.FromMinutes(6);

    private readonly TemporaryFolder folder = new();
    private int commands;

    private string Prefix => Path.Combine(folder.Path, "prefix");

    private string Drive => Path.Combine(Prefix, "drive_c");

    private string Program => Directory.GetFiles(Drive, "akidb-bridge.exe", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 }).Single();

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (Directory.Exists(Prefix))
            {
                await ToolAsync("wineserver", "-k");
                await ToolAsync("wineserver", "-w");
            }
        }
        finally
        {
            folder.Dispose();
        }
    }

    /// <summary>Makes it, once; ends the test as skipped where it cannot be.</summary>
    internal async Task RequireAsync()
    {
        Assert.SkipWhen(
            string.IsNullOrEmpty(Environment.GetEnvironmentVariable("AKIDB_TEST_LONG")),
            "A service under Wine takes minutes, and now and then one of its processes has stayed: run it with AKIDB_TEST_LONG=1.");
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/wine"), "Wine is not installed (Debian's packages wine and wine64).");
        var archive = ReleasePackages.Require("*-win-x64.zip");
        if (!Directory.Exists(Drive))
        {
            var (code, said) = await ToolAsync("wineboot", "--init");
            Assert.True(code == 0, said);
            await ToolAsync("wineserver", "-w");

            // Else it shuts down, and its services with it, a moment after each command.
            await ToolAsync("wineserver", "-p");
            ZipFile.ExtractToDirectory(archive, Drive);
        }
    }

    /// <summary>Puts a folder of this machine on its drive.</summary>
    /// <returns>Its path there.</returns>
    internal string Copy(string source, string name)
    {
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(Drive, name, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return $@"C:\{name}";
    }

    /// <summary>A file below <c>C:\ProgramData\akidb-bridge</c>, as this machine sees it.</summary>
    internal string DataOf(params string[] parts) => Path.Combine([Drive, "ProgramData", "akidb-bridge", .. parts]);

    /// <summary>Runs <c>akidb-bridge service</c>, to its end.</summary>
    internal Task<(int ExitCode, string Output)> ServiceAsync(params string[] arguments) => ToolAsync("wine", [Program, "service", .. arguments]);

    /// <summary>Whether the event log knows a source.</summary>
    internal async Task<bool> HasEventSourceAsync(string name) =>
        (await ToolAsync("wine", "reg", "query", $@"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\{name}")).ExitCode == 0;

    /// <summary>A service of another program, made if there is none.</summary>
    /// <returns>What the manager says of it.</returns>
    internal async Task<string> ForeignServiceAsync(string name)
    {
        await ToolAsync("wine", "sc", "create", name, "binPath=", @"C:\windows\system32\notepad.exe");
        var (code, said) = await ToolAsync("wine", "sc", "query", name);
        Assert.True(code == 0, said);
        return said;
    }

    /// <summary>Makes another user the owner of a folder; ends the test as skipped where that is not possible.</summary>
    internal static async Task GiveAwayAsync(string path)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can give a folder to another user.");
        await Cli.Wrap("chown").WithArguments(["65534", path]).ExecuteAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Ends a program by its name, as Windows' own tool does: it cannot clean up.</summary>
    internal Task KillAsync(string program) => ToolAsync("wine", "taskkill", "/f", "/im", program);

    /// <summary>The living processes of a program.</summary>
    internal IReadOnlyList<int> Processes(string program) =>
        [.. ProcessTable.WithVariable(Variable, Prefix).Where(pid => ProcessTable.CommandLine(pid).Contains(program, StringComparison.OrdinalIgnoreCase))];

    /// <summary>Sends a request that must succeed, and whose vector must be right.</summary>
    /// <returns>Who has computed it.</returns>
    internal static async Task<string> EmbedAsync(int port)
    {
        using var client = new HttpClient { Timeout = Eventually.Patience };
        using var content = new StringContent(SmallestCall.Body, System.Text.Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(new Uri($"http://127.0.0.1:{port}/api/v1/embed"), content, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, body);
        return SmallestCall.Check(body);
    }

    private async Task<(int ExitCode, string Output)> ToolAsync(string tool, params string[] arguments)
    {
        // To a file: what stays in the background, such as the server of Wine, would hold a pipe open.
        var output = Path.Combine(folder.Path, $"output-{Interlocked.Increment(ref commands)}");
        var command = Cli.Wrap("/bin/sh")
            .WithArguments(["-c", """out=$1; shift; exec "$@" </dev/null >"$out" 2>&1""", "sh", output, tool, .. arguments])
            .WithEnvironmentVariables(variables =>
            {
                // Nothing of this machine's is meant for that one.
                foreach (var name in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(name => name.StartsWith("AKIDB_", StringComparison.Ordinal) || name == "HF_HOME"))
                {
                    variables.Set(name, null);
                }

                variables.Set(Variable, Prefix).Set("WINEDEBUG", "-all").Set("DOTNET_ROOT", null);
            })
            .WithValidation(CommandResultValidation.None);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Longest);
        try
        {
            var result = await command.ExecuteAsync(limit.Token);
            return (result.ExitCode, (await File.ReadAllTextAsync(output, TestContext.Current.CancellationToken)).Trim());
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"'{tool} {string.Join(' ', arguments)}' has not ended within {Longest}. {await File.ReadAllTextAsync(output, TestContext.Current.CancellationToken)}");
        }
    }
}
