using System.Globalization;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.FunctionalTests.Packages;
using AkiDb.Bridge.Supervision;

namespace AkiDb.Bridge.FunctionalTests.Services;

public sealed class SystemdTests(SystemdMachine machine) : IClassFixture<SystemdMachine>, IAsyncLifetime
{
    private const string Url = "http://127.0.0.1:8080";
    private const int Callers = 8;

    // The one that the service has by default, and what its end itself may take.
    private static readonly TimeSpan LongestStop = new SupervisionOptions().GracePeriod + TimeSpan.FromSeconds(2);

    private const string Interrupt = """
        import os, signal, subprocess, sys, time
        command = subprocess.Popen(sys.argv[2:], start_new_session=True)
        while command.poll() is None and subprocess.run(["systemctl", "show", "--value", "--property=SubState", sys.argv[1]], stdout=subprocess.PIPE).stdout.strip() != b"start":
            time.sleep(0.05)
        os.killpg(command.pid, signal.SIGINT)
        sys.exit(command.wait())
        """;

    // Processes, sockets and temporary files of the service; the names are written so that the command does not find itself.
    private const string Left = "pgrep -f '[a]kidb_worker|[a]kidb-bridge serve'; find /tmp /var/tmp /run -name 'akidb-bridge-*' -o -name 'clr-debug-pipe-*' 2>/dev/null | grep -v machine; true";

    // What another test has left behind when it failed is none of this one's business.
    public async ValueTask InitializeAsync()
    {
        if (machine.Missing is null)
        {
            await machine.ShellAsync($"{SystemdMachine.Program} service uninstall");
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Installed_service_answers_survives_its_workers_and_itself_and_leaves_nothing()
    {
        await InstallAsync();
        Assert.Equal("active", await machine.PropertyAsync("ActiveState"));
        await CheckVectorAsync();
        var worker = await WorkerAsync();

        await machine.ShellAsync($"kill -9 {worker}");
        await CheckVectorAsync();
        Assert.NotEqual(worker, await WorkerAsync(not: worker));
        Assert.Equal("0", await machine.PropertyAsync("NRestarts"));
        Assert.Contains("workers ready", await machine.PropertyAsync("StatusText"), StringComparison.Ordinal);

        // What the unit asks for: a system in a container gets no more than the container has.
        Assert.Equal("65536", await machine.PropertyAsync("LimitNOFILE"));

        var host = await machine.PropertyAsync("MainPID");
        worker = await WorkerAsync();
        await machine.ShellAsync($"kill -9 {host}");
        await Eventually.TrueAsync(async () => await machine.PropertyAsync("NRestarts") == "1" && await machine.PropertyAsync("ActiveState") == "active", "it is started again", () => "");
        await CheckVectorAsync();
        Assert.NotEqual(0, (await machine.RunAsync("kill", "-0", $"{worker}")).ExitCode);

        Assert.Contains("is ready", await machine.ShellAsync($"{SystemdMachine.Program} service logs"), StringComparison.Ordinal);
        await machine.ShellAsync($"{SystemdMachine.Program} service uninstall && {SystemdMachine.Program} service uninstall");
        Assert.Equal("", await machine.ShellAsync(
            "ls -d /etc/systemd/system/akidb-bridge* /etc/akidb-bridge* /var/lib/akidb-bridge* /var/lib/private/akidb-bridge* /var/cache/akidb-bridge* /var/cache/private/akidb-bridge* 2>/dev/null; pgrep -f '[a]kidb_worker|[a]kidb-bridge serve' || true"));
    }

    [Fact]
    public async Task Host_that_hangs_is_found_by_the_watchdog_and_replaced()
    {
        await InstallAsync();
        await machine.ShellAsync("mkdir -p /run/systemd/system/akidb-bridge.service.d && printf '[Service]\\nWatchdogSec=4\\n' > /run/systemd/system/akidb-bridge.service.d/test.conf && systemctl daemon-reload && systemctl restart akidb-bridge");
        var host = await machine.PropertyAsync("MainPID");

        await machine.ShellAsync($"kill -STOP {host}");
        await Eventually.TrueAsync(async () => await machine.PropertyAsync("NRestarts") != "0" && await machine.PropertyAsync("ActiveState") == "active", "it is started again", () => "");
        await CheckVectorAsync();
        Assert.NotEqual(host, await machine.PropertyAsync("MainPID"));
        await machine.ShellAsync("rm -r /run/systemd/system/akidb-bridge.service.d");
        await machine.ShellAsync($"{SystemdMachine.Program} service uninstall");
    }

    [Fact]
    public async Task Wrong_configuration_fails_once_and_a_successor_that_does_not_start_gives_its_place_back()
    {
        await InstallAsync();
        var (code, said) = await machine.RunAsync(SystemdMachine.Program, "service", "install", "--", "--set", "Worker:Threads=none");
        Assert.Equal((78, true), (code, said.Contains("Bridge:Worker:Threads is 'none'", StringComparison.Ordinal)));
        (code, said) = await machine.RunAsync(SystemdMachine.Program, "service", "install", "--", "--model", "/no/such/model");
        Assert.Equal(1, code);
        Assert.Contains("the one before it was put back", said, StringComparison.Ordinal);
        Assert.Contains("/no/such/model", said, StringComparison.Ordinal);
        await CheckVectorAsync();

        await machine.ShellAsync("sed -i 's|serve.*|serve --port none|' /etc/systemd/system/akidb-bridge.service && systemctl daemon-reload");
        await machine.RunAsync("systemctl", "restart", "akidb-bridge");
        Assert.Equal(("failed", "78", "0"), (await machine.PropertyAsync("ActiveState"), await machine.PropertyAsync("ExecMainStatus"), await machine.PropertyAsync("NRestarts")));
        await machine.ShellAsync($"{SystemdMachine.Program} service uninstall");
    }

    [Fact]
    public async Task Installation_that_is_interrupted_gives_its_place_back_and_what_is_not_ours_is_left_alone()
    {
        await InstallAsync("--", "--provider", "onnx");
        var unit = await machine.ShellAsync("cat /etc/systemd/system/akidb-bridge.service");

        // Nobody may answer but a worker whose Python says nothing.
        await machine.ShellAsync("printf '#!/bin/sh\\nexec sleep 1000\\n' >/opt/silent && chmod a+x /opt/silent");
        var (code, said) = await InterruptAsync("akidb-bridge");

        Assert.True(code == 130, said);
        Assert.Contains("was given up before it was ready, and the one before it was put back.", said, StringComparison.Ordinal);
        await CheckVectorAsync();
        Assert.Equal(unit, await machine.ShellAsync("cat /etc/systemd/system/akidb-bridge.service"));

        (code, said) = await InterruptAsync("second");
        Assert.True(code == 130, said);
        Assert.Contains("was given up before it was ready, and was removed again.", said, StringComparison.Ordinal);
        Assert.Equal("", await machine.ShellAsync("ls -d /etc/systemd/system/second* /etc/akidb-bridge/second* /var/lib/second* /var/lib/private/second* 2>/dev/null; pgrep -f '[/]opt/silent' || true"));
        await machine.ShellAsync($"{SystemdMachine.Program} service uninstall");

        // A service of the system, and a name that was taken out of use.
        (code, said) = await machine.RunAsync(SystemdMachine.Program, "service", "uninstall", "--name", "dbus");
        Assert.True(code == 1 && said.Contains("'dbus' was not installed by this program", StringComparison.Ordinal), said);
        await machine.ShellAsync("systemctl mask akidb-bridge");
        (code, said) = await machine.RunAsync(SystemdMachine.Program, "service", "install");
        Assert.True(code == 1 && said.Contains("'systemctl unmask akidb-bridge.service'", StringComparison.Ordinal), said);
        await machine.ShellAsync("systemctl unmask akidb-bridge");
    }

    [Fact]
    public async Task Stop_under_load_loses_nothing_and_the_service_takes_up_its_configuration_when_installed_again()
    {
        await InstallAsync("--", "--set", "Supervision:Workers=1", "--port", "8081");
        await InstallAsync();
        Assert.Contains("--port 8081", await machine.PropertyAsync("ExecStart"), StringComparison.Ordinal);

        var load = machine.ShellAsync(
            $"seq 400 | xargs -P {Callers}" + " -I{} sh -c 'curl -s -o /dev/null -w \"%{http_code} %{exitcode}\\n\" -H \"Content-Type: application/json\" -d \"{\\\"inputs\\\":[\\\"text {}\\\"]}\" http://127.0.0.1:8081/api/v1/embed; true'");
        await Eventually.TrueAsync(async () => await StatusAsync("http://127.0.0.1:8081") is not null, "it answers", () => "");
        await machine.ShellAsync("systemctl stop akidb-bridge");

        // Exit code 7: nobody listens any more. 52 and 56: the connection was there as the stop came, its request was not: at most one for each caller.
        var outcomes = (await load).Split('\n');
        Assert.All(outcomes, outcome => Assert.Contains(outcome, new[] { "200 0", "000 7", "000 52", "000 56" }));
        Assert.InRange(outcomes.Count(outcome => outcome is "000 52" or "000 56"), 0, Callers);
        Assert.Equal(("inactive", "0"), (await machine.PropertyAsync("ActiveState"), await machine.PropertyAsync("ExecMainStatus")));
        await machine.ShellAsync($"{SystemdMachine.Program} service uninstall");
    }

    [Fact]
    public async Task Worker_that_the_unit_has_no_memory_for_dies_alone_and_is_back_when_there_is_some()
    {
        Assert.SkipWhen(machine.Missing is not null, machine.Missing ?? "");
        using var memory = new UnitMemory(machine);
        await InstallAsync();
        var worker = await WorkerAsync();
        var host = await machine.PropertyAsync("MainPID");

        // The host itself is what needs more, and so the first that the kernel looks at.
        var isLimited = await memory.TakeAsync();
        if (isLimited)
        {
            await Eventually.TrueAsync(async () => await SendLargeAsync() && (await machine.RunAsync("kill", "-0", $"{worker}")).ExitCode != 0, "the worker dies", () => "");
            for (var i = 0; i < 20; i++)
            {
                await CheckVectorAsync();
            }

            await memory.GiveAsync();
            Assert.NotEqual(worker, await WorkerAsync(not: worker));
            Assert.Equal((host, "0", "active"), (await machine.PropertyAsync("MainPID"), await machine.PropertyAsync("NRestarts"), await machine.PropertyAsync("ActiveState")));
            Assert.Contains("Likely the kernel's OOM killer", await machine.ShellAsync("journalctl --unit=akidb-bridge --output=cat"), StringComparison.Ordinal);
        }

        await machine.ShellAsync($"{SystemdMachine.Program} service uninstall");
        Assert.SkipUnless(isLimited, "The control groups of this machine limit no memory of a unit: there is no memory controller.");
    }

    [Fact]
    public async Task Starts_and_stops_under_callers_that_try_again_give_no_wrong_answer_and_leave_nothing()
    {
        var cycles = Environment.GetEnvironmentVariable("AKIDB_TEST_LONG") is { Length: > 0 } ? 100 : 10;
        await InstallAsync("--", "--provider", "onnx");
        await machine.ShellAsync("rm -rf /run/calls && mkdir -p /run/calls");
        var callers = machine.ShellAsync(
            $$"""
            seq {{Callers}} | xargs -P {{Callers}} -I{} sh -c '
                while [ ! -e /run/calls/end ]; do
                    curl -s -w " %{http_code} %{exitcode}\n" -H "Content-Type: application/json" -d "{{SmallestCall.Body.Replace("\"", "\\\"", StringComparison.Ordinal)}}" {{Url}}/api/v1/embed >>/run/calls/{}
                done'
            """);
        var longest = 0;
        for (var i = 0; i < cycles; i++)
        {
            var milliseconds = await machine.ShellAsync("began=$(date +%s%3N) && systemctl stop akidb-bridge && echo $(($(date +%s%3N) - began))");
            longest = Math.Max(longest, int.Parse(milliseconds, CultureInfo.InvariantCulture));
            Assert.Equal(("inactive", "success"), (await machine.PropertyAsync("ActiveState"), await machine.PropertyAsync("Result")));
            Assert.Equal("", await machine.ShellAsync(Left));
            await machine.ShellAsync("systemctl start akidb-bridge");
        }

        await machine.ShellAsync("touch /run/calls/end");
        await callers;

        // Exit code 7: nobody listens. 52 and 56: the connection was there as the stop came, its request was not.
        var right = 0;
        foreach (var line in (await machine.ShellAsync("cat /run/calls/[0-9]*")).Split('\n'))
        {
            if (line.EndsWith(" 200 0", StringComparison.Ordinal))
            {
                SmallestCall.Check(line[..^" 200 0".Length]);
                right++;
            }
            else
            {
                Assert.Matches(@"^ ?(000 (7|52|56))$|""code"":""(no_engine|overloaded)"".* (503|429) 0$", line);
            }
        }

        Assert.True(right >= cycles, $"{right} answers in {cycles} cycles");
        TestContext.Current.SendDiagnosticMessage($"{right} answers in {cycles} cycles; the longest stop took {longest} ms.");
        Assert.InRange(longest, 1, (int)LongestStop.TotalMilliseconds);
        await machine.ShellAsync($"{SystemdMachine.Program} service uninstall");
        Assert.Equal("", await machine.ShellAsync(Left));
    }

    [Fact]
    public async Task Newer_program_takes_the_place_of_an_older_one_and_keeps_its_configuration()
    {
        Assert.SkipWhen(machine.Missing is not null, machine.Missing ?? "");
        await machine.ShellAsync($"rm -rf /opt/older && cp -r {Path.GetDirectoryName(SystemdMachine.Program)} /opt/older");
        var older = await machine.RunAsync(["/opt/older/" + Path.GetFileName(SystemdMachine.Program), "service", "install", .. Runtime(), "--env", "AKIDB_MODELS_PATH=/opt", "--", "--provider", "onnx", "--port", "8082"]);
        Assert.True(older.ExitCode == 0, older.Output);
        var before = await machine.PropertyAsync("MainPID");

        await InstallAsync();

        var after = await machine.PropertyAsync("MainPID");
        Assert.NotEqual(before, after);
        Assert.Equal(SystemdMachine.Program, await machine.ShellAsync($"readlink /proc/{after}/exe"));
        Assert.Contains("AKIDB_MODELS_PATH=/opt", await machine.ShellAsync($"tr '\\0' '\\n' </proc/{after}/environ"), StringComparison.Ordinal);
        await CheckVectorAsync("http://127.0.0.1:8082");
        await machine.ShellAsync($"{SystemdMachine.Program} service uninstall && rm -rf /opt/older");
    }

    [Fact]
    public async Task Archive_has_workers_where_the_system_has_a_Python_for_them()
    {
        var archive = ReleasePackages.Require("*-linux-x64.tar.gz");
        Assert.SkipWhen(machine.Missing is not null, machine.Missing ?? "");
        Python.Require();
        await machine.ShellAsync($"mkdir -p /opt/archive && tar -xzf {archive} -C /opt/archive --strip-components=1");

        await machine.ShellAsync($"cd /opt/archive && systemd-run --unit=archive --same-dir --setenv=AKIDB_EMBEDDING_PYTHON_PATH='{Python.WithTorch}' ./akidb-bridge serve --port 8083");
        await CheckVectorAsync("http://127.0.0.1:8083");
        await WorkerAsync(url: "http://127.0.0.1:8083");
        await CheckVectorAsync("http://127.0.0.1:8083");
        await machine.ShellAsync("systemctl stop archive && rm -rf /opt/archive");
    }

    // Texts that are cut to the model's maximum: it is the host that they cost something. Whether they are answered is no matter here.
    private async Task<bool> SendLargeAsync()
    {
        await machine.ShellAsync(
            "python3 -c 'import json; print(json.dumps({\"inputs\": [\"word \" * 100_000] * 8}))' | curl -s -o /dev/null -H 'Content-Type: application/json' -d @- " + Url + "/api/v1/embed || true");
        return true;
    }

    // An installation that gets, while it waits for the service, what a terminal's Ctrl+C sends: a signal for it and for all that it has started.
    private Task<(int ExitCode, string Output)> InterruptAsync(string name) => machine.RunAsync(
        ["python3", "-c", Interrupt, name, SystemdMachine.Program, "service", "install", "--name", name, .. Runtime(), "--", "--fallback", "off", "--python", "/opt/silent", "--port", "8084"]);

    private static string[] Runtime() => Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } runtime ? ["--env", $"DOTNET_ROOT={runtime}"] : [];

    private async Task InstallAsync(params string[] arguments)
    {
        Assert.SkipWhen(machine.Missing is not null, machine.Missing ?? "");
        Python.Require();
        var (code, output) = await machine.RunAsync([SystemdMachine.Program, "service", "install", .. Runtime(), .. arguments]);
        Assert.True(code == 0, output);
    }

    private async Task CheckVectorAsync(string url = Url)
    {
        var answer = await Eventually.GetAsync(
            async () => await machine.RunAsync("curl", "-sf", "-H", "Content-Type: application/json", "-d", SmallestCall.Body, $"{url}/api/v1/embed") is (0, var body) ? body : null,
            "it answers",
            () => "");
        SmallestCall.Check(answer);
    }

    private async Task<int> WorkerAsync(int not = 0, string url = Url) => (int)await Eventually.GetAsync(
        async () => await StatusAsync(url) is { } status && status.GetProperty("workers")[0] is var slot && slot.GetProperty("state").GetString() == "ready" && slot.GetProperty("pid").GetInt32() is var pid && pid != not ? (object)pid : null,
        "a worker is ready",
        () => "");

    private async Task<JsonElement?> StatusAsync(string url) =>
        await machine.RunAsync("curl", "-sf", $"{url}/api/v1/status") is (0, var body) ? JsonDocument.Parse(body).RootElement.Clone() : null;
}
