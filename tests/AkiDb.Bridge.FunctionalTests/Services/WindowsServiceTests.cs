using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.FunctionalTests.Packages;

namespace AkiDb.Bridge.FunctionalTests.Services;

public sealed class WindowsServiceTests(WineMachine machine) : IClassFixture<WineMachine>
{
    private const string Host = "akidb-bridge.exe";
    private const string Double = "AkiDb.Bridge.WorkerDouble.exe";

    [Fact]
    public async Task Service_answers_as_soon_as_it_runs_stops_when_it_is_asked_to_and_leaves_nothing()
    {
        await machine.RequireAsync();
        var port = FreePort.Any();

        await InstallAsync("one", port, "--provider", "onnx");
        Assert.True(await machine.HasEventSourceAsync("one"));

        // No wait: it runs only when it answers.
        Assert.Equal("in-process", await WineMachine.EmbedAsync(port));
        Assert.Matches("^one: running, process [0-9]+", (await machine.ServiceAsync("status", "--name", "one")).Output);
        Assert.Contains("The in-process engine is ready", (await machine.ServiceAsync("logs", "--name", "one")).Output, StringComparison.Ordinal);

        Assert.Equal(0, (await machine.ServiceAsync("stop", "--name", "one")).ExitCode);
        Assert.Equal((1, "one: stopped"), await machine.ServiceAsync("status", "--name", "one"));
        await Assert.ThrowsAsync<HttpRequestException>(() => WineMachine.EmbedAsync(port));
        Assert.Empty(machine.Processes(Host));

        Assert.Equal(0, (await machine.ServiceAsync("start", "--name", "one")).ExitCode);
        Assert.Equal("in-process", await WineMachine.EmbedAsync(port));
        Assert.Equal(0, (await machine.ServiceAsync("restart", "--name", "one")).ExitCode);
        Assert.Equal("in-process", await WineMachine.EmbedAsync(port));

        Assert.Equal(0, (await machine.ServiceAsync("uninstall", "--name", "one")).ExitCode);
        Assert.Equal(0, (await machine.ServiceAsync("uninstall", "--name", "one")).ExitCode);
        Assert.Equal(1, (await machine.ServiceAsync("status", "--name", "one")).ExitCode);
        Assert.False(Directory.Exists(machine.DataOf("one")));
        Assert.False(await machine.HasEventSourceAsync("one"));
        Assert.Empty(machine.Processes(Host));
    }

    [Fact]
    public async Task Killed_host_takes_its_worker_and_what_that_has_started_along()
    {
        await machine.RequireAsync();
        var worker = $@"{machine.Copy(ReleasePackages.RequireWorkerDouble(), "worker")}\{Double}";
        var port = FreePort.Any();
        await InstallAsync("two", port, "--python", worker);
        await Eventually.TrueAsync(async () => await WineMachine.EmbedAsync(port) == "worker:0", "the worker answers", () => Log("two"));
        Assert.Equal(2, machine.Processes(Double).Count);

        await machine.KillAsync(Host);

        await Eventually.TrueAsync(() => machine.Processes(Host).Count + machine.Processes(Double).Count == 0, "nothing is left", () => Log("two"));
        var (code, said) = await machine.ServiceAsync("uninstall", "--name", "two");
        Assert.True(code == 0, said);
    }

    [Fact]
    public async Task Wrong_configuration_is_a_failure_with_its_exit_code_and_a_successor_that_fails_gives_its_place_back()
    {
        await machine.RequireAsync();
        var port = FreePort.Any();
        await InstallAsync("three", port, "--provider", "onnx");
        Assert.Equal(78, (await machine.ServiceAsync("install", "--name", "three", "--", "--set", "Worker:Threads=none")).ExitCode);

        var (code, said) = await machine.ServiceAsync("install", "--name", "three", "--", "--provider", "onnx", "--port", $"{port}", "--model", @"C:\no\such\model");
        Assert.Equal(1, code);
        Assert.Contains("the one before it was put back", said, StringComparison.Ordinal);
        Assert.Contains("exit code 78", said, StringComparison.Ordinal);
        Assert.Contains(@"C:\no\such\model", said, StringComparison.Ordinal);
        Assert.Equal("in-process", await WineMachine.EmbedAsync(port));

        Assert.Equal(0, (await machine.ServiceAsync("stop", "--name", "three")).ExitCode);
        var settings = machine.DataOf("three", "service.json");
        var wrong = (await File.ReadAllTextAsync(settings, TestContext.Current.CancellationToken)).Replace("\"onnx\"", """
            "onnx","--model","C:\\nowhere"
            """, StringComparison.Ordinal);
        await File.WriteAllTextAsync(settings, wrong, TestContext.Current.CancellationToken);
        (code, said) = await machine.ServiceAsync("start", "--name", "three");
        Assert.True(code == 1 && said.Contains("exit code 78", StringComparison.Ordinal), said);
        Assert.Equal((1, "three: stopped, with exit code 78"), await machine.ServiceAsync("status", "--name", "three"));
        Assert.Contains(@"C:\nowhere", Log("three"), StringComparison.Ordinal);

        Assert.Equal(0, (await machine.ServiceAsync("uninstall", "--name", "three")).ExitCode);
        Assert.Empty(machine.Processes(Host));
    }

    [Fact]
    public async Task Folder_that_somebody_else_has_made_is_refused_with_the_settings_in_it()
    {
        await machine.RequireAsync();
        var planted = machine.DataOf("five");
        Directory.CreateDirectory(planted);
        await File.WriteAllTextAsync(
            Path.Combine(planted, "service.json"), """{"Program":"C:\\other.exe","Arguments":["--port","1"],"Environment":{},"StopSeconds":55}""", TestContext.Current.CancellationToken);
        await WineMachine.GiveAwayAsync(planted);

        var (code, said) = await machine.ServiceAsync("install", "--name", "five", "--", "--provider", "onnx");
        Assert.True(code == 1 && said.Contains(@"'C:\ProgramData\akidb-bridge\five' is a link, or was not made by an administrator", StringComparison.Ordinal), said);

        File.Delete(Path.Combine(planted, "service.json"));
        (code, said) = await machine.ServiceAsync("install", "--name", "five", "--", "--provider", "onnx");
        Assert.True(code == 1 && said.Contains("was not made by an administrator", StringComparison.Ordinal), said);
        Assert.Equal(1, (await machine.ServiceAsync("status", "--name", "five")).ExitCode);
        Directory.Delete(planted);
    }

    [Theory]
    [InlineData("install", "--", "--provider", "onnx")]
    [InlineData("start")]
    [InlineData("stop")]
    [InlineData("restart")]
    [InlineData("status")]
    [InlineData("uninstall")]
    public async Task Service_of_another_program_is_left_as_it_is(string verb, params string[] more)
    {
        await machine.RequireAsync();
        var before = await machine.ForeignServiceAsync("foreign");

        var (code, said) = await machine.ServiceAsync([verb, "--name", "foreign", .. more]);

        Assert.True(code == 1 && said.Contains("The service 'foreign' was not installed by this program, and is left as it is", StringComparison.Ordinal), said);
        Assert.Equal(before, await machine.ForeignServiceAsync("foreign"));
        Assert.False(Directory.Exists(machine.DataOf("foreign")));
        Assert.False(await machine.HasEventSourceAsync("foreign"));
    }

    [Fact]
    public async Task Installation_that_is_interrupted_is_undone()
    {
        await machine.RequireAsync();
        Signals.RequireHeeded(Signals.Interrupt);

        // Nobody may answer but a worker that says nothing.
        var installing = machine.ServiceAsync("install", "--name", "six", "--", "--fallback", "off", "--python", @"C:\windows\system32\notepad.exe", "--port", $"{FreePort.Any()}");
        await Eventually.TrueAsync(() => machine.Processes("service run --name six").Count == 1, "it is started", () => Log("six"), WineMachine.Longest);
        Signals.Send(machine.Processes("service install --name six").Single(), Signals.Interrupt);

        var (code, said) = await installing;
        Assert.True(code == 130 && said.Contains("The service was given up before it was ready, and was removed again.", StringComparison.Ordinal), said);
        Assert.Equal(1, (await machine.ServiceAsync("status", "--name", "six")).ExitCode);
        Assert.False(Directory.Exists(machine.DataOf("six")));
        Assert.False(await machine.HasEventSourceAsync("six"));
        Assert.Empty(machine.Processes(Host));
    }

    [Fact]
    public async Task Dry_run_prints_what_would_be_there_and_changes_nothing()
    {
        await machine.RequireAsync();

        var (code, said) = await machine.ServiceAsync("install", "--dry-run", "--name", "four", "--env", "AKIDB_MODELS_PATH=C:\\models", "--", "--provider", "onnx", "--port", "9000");

        Assert.Equal(0, code);
        Assert.Contains(@"# C:\ProgramData\akidb-bridge\four\service.json", said, StringComparison.Ordinal);
        Assert.Contains("\"AKIDB_MODELS_PATH\":\"C:\\\\models\"", said, StringComparison.Ordinal);
        Assert.Contains(@"Account: NT SERVICE\four", said, StringComparison.Ordinal);
        Assert.Matches("Command: \"C:\\\\.*\\\\akidb-bridge.exe\" service run --name four", said);
        Assert.False(Directory.Exists(machine.DataOf("four")));
        Assert.Equal(1, (await machine.ServiceAsync("status", "--name", "four")).ExitCode);
        Assert.Equal(1, (await machine.ServiceAsync("run", "--name", "four")).ExitCode);
    }

    private string Log(string name) => File.Exists(machine.DataOf(name, "logs", "akidb-bridge.log")) ? File.ReadAllText(machine.DataOf(name, "logs", "akidb-bridge.log")) : "";

    private async Task InstallAsync(string name, int port, params string[] switches)
    {
        var (code, output) = await machine.ServiceAsync(["install", "--name", name, "--", "--port", $"{port}", .. switches]);
        Assert.True(code == 0, output);
    }
}
