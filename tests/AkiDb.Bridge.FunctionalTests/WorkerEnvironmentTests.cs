using System.Diagnostics;
using System.Globalization;
using AkiDb.Bridge.FunctionalTests.Doubles;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Whatever surrounds the host, its workers get what they need and nothing else; or it says what is wrong.</summary>
public sealed class WorkerEnvironmentTests
{
    private const string ForkServer = "Supervision:ForkServer=true";
    private const string NoForkServer = "Supervision:ForkServer=false";
    private static readonly int[] Few = [0, 1, 2, 3];
    private static readonly string[] Names = ["torch", "msgpack", "queue", "logging", "site", "ctypes"];

    [Theory]
    [InlineData("PYTHONSAFEPATH", "1", ForkServer)]
    [InlineData("PYTHONSAFEPATH", "1", NoForkServer)]
    [InlineData("PYTHONHOME", "/nonexistent", ForkServer)]
    [InlineData("PYTHONHOME", "/nonexistent", NoForkServer)]
    [InlineData("PYTHONSTARTUP", "/nonexistent", NoForkServer)]
    [InlineData("PYTHONUNBUFFERED", "1", NoForkServer)]
    [InlineData("PYTHONVERBOSE", "1", NoForkServer)]
    [InlineData("PYTHONWARNINGS", "error", NoForkServer)]
    public async Task Variable_for_Python_that_somebody_has_set_changes_nothing(string name, string value, string mode)
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--set", mode) { Environment = With(name, value) });
        await CheckAsync(host);
    }

    [Theory]
    [InlineData(ForkServer)]
    [InlineData(NoForkServer)]
    public async Task Files_in_PYTHONPATH_and_in_the_current_folder_that_are_called_like_modules_replace_none(string mode)
    {
        using var python = new PythonEnvironment();
        foreach (var name in Names)
        {
            python.Write($"{name}.py", "raise ImportError('planted')");
        }

        var settings = new HostSettings("--set", mode) { WorkingDirectory = python.Folder, Environment = With("PYTHONPATH", $":{python.Folder}:.") };
        await using var host = await BridgeHost.StartWithWorkerAsync(settings);
        await CheckAsync(host);
        Assert.False(host.Log.Contains("planted"), host.Log.Tail());
    }

    [Fact]
    public async Task Package_that_lies_in_PYTHONPATH_alone_is_found_there()
    {
        using var python = new PythonEnvironment();
        python.Write("users/onlyhere.py", "");
        python.Customize(
            """
            import sys, threading
            threading.Timer(0.2, lambda: print("onlyhere is found:", any("users" in folder for folder in sys.path), flush=True)).start()
            """);
        var settings = new HostSettings("--set", NoForkServer) { Python = python.Root, Environment = With("PYTHONPATH", Path.Combine(python.Folder, "users")) };
        await using var host = await BridgeHost.StartWithWorkerAsync(settings);
        await host.Log.WaitForAsync("onlyhere is found: True");
    }

    [Theory]
    [InlineData(ForkServer)]
    [InlineData(NoForkServer)]
    public async Task Program_code_of_the_environment_that_prints_and_reads_breaks_no_frame(string mode)
    {
        using var python = new PythonEnvironment();
        python.Customize("import os, sys\nprint('x' * 200_000, flush=True)\nos.write(1, b'native\\n')\nassert sys.stdin.read() == ''\n");
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--set", mode) { Python = python.Root });
        await CheckAsync(host);
        Assert.Equal(0, (await host.ReadinessAsync()).Worker.Restarts);
        Assert.InRange(host.Log.Lines.Sum(line => line.Length), 0, 100_000);
    }

    [Theory]
    [InlineData(ForkServer)]
    [InlineData(NoForkServer)]
    public async Task Script_that_calls_Python_without_exec_is_an_interpreter_too_and_leaves_nothing(string mode)
    {
        using var python = new PythonEnvironment();
        var script = python.WriteScript("wrapper", $"'{Python.WithTorch}' \"$@\"\nexit $?");
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--set", mode) { Python = script });
        await CheckAsync(host);
        Assert.False(host.Log.Contains("started on its own"), host.Log.Tail());
        var worker = await host.WorkerReadyAsync();
        Signals.Send(worker, Signals.Kill);
        await host.WorkerReadyAsync(worker);
        await host.KillAsync();
    }

    [Theory]
    [InlineData("venv")]
    [InlineData("venv/bin/python3")]
    public async Task Folder_of_an_environment_and_a_path_from_the_home_folder_are_understood(string path)
    {
        using var python = new PythonEnvironment();
        await using var host = await BridgeHost.StartWithWorkerAsync(
            new HostSettings("--python", $"~/{path}") { Environment = new Dictionary<string, string?> { ["HOME"] = python.Folder, ["AKIDB_EMBEDDING_PYTHON_PATH"] = null } });
        await CheckAsync(host);
    }

    [Theory]
    [InlineData("/usr/lib", "is a folder without 'bin/python3'")]
    [InlineData("python-of-nobody", "there is no 'python-of-nobody' on PATH")]
    public async Task Python_that_is_not_there_is_named_in_the_log_and_in_the_readiness(string path, string report)
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings { Python = path });
        await host.Log.WaitForAsync(report);
        await host.ReadinessAsync(health => health.Reasons.Any(reason => reason.Contains(report, StringComparison.Ordinal)), "the reason is told");
    }

    [Fact]
    public async Task Environment_and_program_planted_in_the_current_folder_are_never_run()
    {
        using var python = new PythonEnvironment();
        var planted = Path.Combine(python.Folder, "was-run");
        foreach (var name in (string[])[".venv/bin/python3", ".venv/bin/python", "python3", "planted"])
        {
            python.WriteScript(name, $"touch '{planted}'; exit 1");
        }

        var without = new Dictionary<string, string?>
        {
            ["AKIDB_EMBEDDING_PYTHON_PATH"] = null,
            ["PATH"] = $":.:{Environment.GetEnvironmentVariable("PATH")}",
            ["VIRTUAL_ENV"] = ".venv",
        };
        await using (var host = await BridgeHost.StartAsync(new HostSettings { WorkingDirectory = python.Folder, Environment = without }))
        {
            await host.ReadinessAsync(health => health.Worker.State == "ready" || health.Worker.Restarts > 0, "the search is over");
        }

        await using (var host = await BridgeHost.StartAsync(new HostSettings { WorkingDirectory = python.Folder, Python = "planted" }))
        {
            await host.Log.WaitForAsync("there is no 'planted' on PATH");
        }

        Assert.False(File.Exists(planted), "A program in the current folder was run.");
    }

    [Fact]
    public async Task Host_that_was_started_in_a_deleted_folder_finds_a_Python()
    {
        using var python = new PythonEnvironment();
        var gone = Path.Combine(python.Folder, "gone");
        var program = python.WriteScript("start", $"mkdir '{gone}' && cd '{gone}' && rmdir '{gone}' && exec '{BridgeProcess.Executable}' \"$@\"");
        var search = new Dictionary<string, string?> { ["AKIDB_EMBEDDING_PYTHON_PATH"] = null, ["VIRTUAL_ENV"] = python.Root };
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings { Program = program, Environment = search });
        await CheckAsync(host);
    }

    [Theory]
    [InlineData(ForkServer)]
    [InlineData(NoForkServer)]
    public async Task Secrets_stay_with_the_host(string mode)
    {
        Python.Require();
        const string Secret = "of-nobody-elses-business";
        var names = (string[])["HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "OPENAI_API_KEY", "DATABASE_URL", "AKIDB_API_KEY", "SOMETHING"];
        var settings = new HostSettings("--set", mode) { Environment = names.ToDictionary(name => name, string? (_) => Secret) };
        await using var host = await BridgeHost.StartWithWorkerAsync(settings);
        await CheckAsync(host);
        for (var pid = await host.WorkerReadyAsync(); pid != host.Process.Pid; pid = ProcessTable.ParentOf(pid))
        {
            var environment = await File.ReadAllTextAsync($"/proc/{pid}/environ", TestContext.Current.CancellationToken);
            Assert.DoesNotContain(Secret, environment, StringComparison.Ordinal);
            Assert.Contains("PATH=", environment, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Process_that_a_worker_only_claims_to_be_is_left_alone()
    {
        using var bystander = Process.Start("setsid", ["sleep", "600"]);
        try
        {
            await using var twin = new WorkerDouble(WorkerDouble.ForeignPid) { Words = bystander.Id.ToString(CultureInfo.InvariantCulture) };
            await using (var host = await BridgeHost.StartWithWorkerAsync(new HostSettings { Python = twin.Executable }))
            {
                await CheckAsync(host);
                await host.Log.WaitForAsync($"says that it is process {bystander.Id}");
                var worker = await host.WorkerReadyAsync();
                Assert.NotEqual(bystander.Id, worker);
                Signals.Send(worker, Signals.Kill);
                await host.WorkerReadyAsync(worker);
            }

            Assert.False(bystander.HasExited, "A process that is nobody's business was killed.");
        }
        finally
        {
            bystander.Kill();
            await bystander.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    private static Dictionary<string, string?> With(string name, string value) => new() { [name] = value };

    private static async Task CheckAsync(BridgeHost host)
    {
        var answer = await host.EmbedAsync(new { inputs = Reference.TextsAt(Few), fallback = "off" });
        Reference.MiniLM.Check(answer.Vectors, Few);
        Assert.Equal("worker:0", answer.ServedBy);
    }
}
