using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Doubles;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary><c>akidb-bridge chaos</c>: its verdict about a good bridge, and about bridges that lie.</summary>
public sealed class ChaosTests
{
    [Fact]
    public async Task Real_workers_killed_and_stopped_nothing_is_lost()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--set", "Supervision:BackOffMax=500ms", "--set", "Supervision:PingTimeout=2s"));
        var (code, verdict, evidence) = await RunAsync(host.Client.BaseAddress!.ToString(), "--duration", "15s", "--kill-every", "2s", "--callers", "4");
        Assert.True(code == 0 && verdict.GetProperty("passed").GetBoolean(), evidence);
        Assert.Empty(verdict.GetProperty("failures").EnumerateObject());
        Assert.Equal(0, verdict.GetProperty("wrong_vectors").GetInt32());
        Assert.Empty(verdict.GetProperty("leaked_processes").EnumerateArray());
        Assert.InRange(Faults(verdict), 1, int.MaxValue);
        Assert.InRange(verdict.GetProperty("restarts").GetInt32(), 1, int.MaxValue);
        Assert.Equal(1, verdict.GetProperty("workers_ready").GetInt32());
        Assert.True(verdict.GetProperty("served_by").TryGetProperty("worker:0", out _), evidence);
    }

    [Fact]
    public async Task Bridge_with_keys_is_asked_with_the_one_of_the_file()
    {
        Python.Require();
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "key");
        await File.WriteAllTextAsync(file, "a-secret\n", TestContext.Current.CancellationToken);
        await using var host = await BridgeHost.StartAsync(new HostSettings("--set", "Http:ApiKeys:0=a-secret"));
        host.Client.DefaultRequestHeaders.Add("x-api-key", "a-secret");
        await host.WorkerReadyAsync();
        var address = host.Client.BaseAddress!.ToString();
        await using var stranger = BridgeProcess.Start("chaos", new HostSettings("--url", address, "--duration", "1"));

        Assert.Equal(78, await stranger.WaitForExitAsync());
        Assert.Contains("--key-file", Assert.Single(stranger.Errors.Lines), StringComparison.Ordinal);
        var (code, verdict, evidence) = await RunAsync(address, "--key-file", file, "--faults", "kill", "--duration", "2", "--kill-every", "500ms", "--callers", "2");
        Assert.True(code == 0 && verdict.GetProperty("passed").GetBoolean(), evidence);
        Assert.InRange(Faults(verdict), 1, int.MaxValue);
    }

    [Fact]
    public async Task Honest_bridge_passes()
    {
        await using var bridge = await BridgeDouble.StartAsync(BridgeDouble.Honest);
        var (code, verdict, evidence) = await RunAsync(bridge.Address, "--faults", "kill,stop", "--duration", "3", "--kill-every", "250ms", "--callers", "4");
        Assert.True(code == 0 && verdict.GetProperty("passed").GetBoolean(), evidence);
        Assert.InRange(Faults(verdict), 1, int.MaxValue);
    }

    [Theory]
    [InlineData(BridgeDouble.AnswersWrong)]
    [InlineData(BridgeDouble.AnswersFromAnotherSpace)]
    [InlineData(BridgeDouble.AnswersTooFew)]
    [InlineData(BridgeDouble.SwapsAnswers)]
    public async Task Wrong_vectors_fail_the_verdict(string behaviour)
    {
        await using var bridge = await BridgeDouble.StartAsync(behaviour);
        var (code, verdict, evidence) = await RunAsync(bridge.Address, "--faults", "kill", "--duration", "2", "--kill-every", "500ms", "--callers", "4");
        Assert.True(code == 1 && !verdict.GetProperty("passed").GetBoolean(), evidence);
        Assert.InRange(verdict.GetProperty("wrong_vectors").GetInt32(), 1, int.MaxValue);
        Assert.NotEmpty(verdict.GetProperty("wrong_examples").EnumerateArray());
        Assert.Empty(verdict.GetProperty("failures").EnumerateObject());
    }

    [Fact]
    public async Task Failed_requests_fail_the_verdict()
    {
        await using var bridge = await BridgeDouble.StartAsync(BridgeDouble.Fails);
        var (code, verdict, evidence) = await RunAsync(bridge.Address, "--faults", "kill", "--duration", "2", "--kill-every", "500ms", "--callers", "4");
        Assert.True(code == 1 && !verdict.GetProperty("passed").GetBoolean(), evidence);
        Assert.InRange(verdict.GetProperty("failures").GetProperty("no_engine").GetInt32(), 1, int.MaxValue);
        Assert.Equal(0, verdict.GetProperty("wrong_vectors").GetInt32());
    }

    [Fact]
    public async Task Stopped_workers_that_are_left_behind_fail_the_verdict()
    {
        await using var bridge = await BridgeDouble.StartAsync(BridgeDouble.LeavesOldWorkers);
        var (code, verdict, evidence) = await RunAsync(
            bridge.Address, "--faults", "stop", "--duration", "2", "--kill-every", "500ms", "--callers", "1", "--settle", "1s");
        Assert.True(code == 1 && !verdict.GetProperty("passed").GetBoolean(), evidence);
        Assert.NotEmpty(verdict.GetProperty("leaked_processes").EnumerateArray());
        Assert.Empty(verdict.GetProperty("failures").EnumerateObject());
    }

    [Fact]
    public async Task Run_without_any_fault_is_no_pass()
    {
        await using var bridge = await BridgeDouble.StartAsync(BridgeDouble.Honest);
        var (code, _, evidence) = await RunAsync(bridge.Address, "--duration", "1", "--kill-every", "30s", "--callers", "1");
        Assert.True(code == 1, evidence);
    }

    [Fact]
    public async Task Verdict_is_a_table_for_people()
    {
        await using var bridge = await BridgeDouble.StartAsync(BridgeDouble.Honest);
        await using var command = BridgeProcess.Start("chaos", new HostSettings("--url", bridge.Address, "--faults", "kill", "--duration", "1", "--kill-every", "300ms", "--callers", "1"));
        Assert.True(await command.WaitForExitAsync() == 0, command.Evidence());
        Assert.Equal("passed", command.Output.Lines.Single(line => line.StartsWith("verdict", StringComparison.Ordinal))["verdict".Length..].Trim());
        Assert.Contains("callers, 0 s without faults, then 1 s with one of kill every 0.3 s, seed", command.Errors.Tail(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Processes_that_are_no_workers_are_left_alone()
    {
        await using var bridge = await BridgeDouble.StartAsync(BridgeDouble.NamesStrangers);
        Assert.Contains("are not the workers of one bridge on this machine", await RefusalAsync("--url", bridge.Address), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("No bridge answers at http://127.0.0.1:1/", "--url", "http://127.0.0.1:1")]
    [InlineData("--url nowhere is no address", "--url", "nowhere")]
    [InlineData("--faults: 'fire' is none of", "--faults", "kill,fire")]
    [InlineData("--callers 0 is no number from 1 on", "--callers", "0")]
    [InlineData("--fallback any is neither", "--fallback", "any")]
    [InlineData("--duration soon is no time to wait", "--duration", "soon")]
    [InlineData("--kill-every 0 is no time to wait", "--kill-every", "0")]
    public async Task Mistake_is_a_sentence(string sentence, params string[] arguments) =>
        Assert.Contains(sentence, await RefusalAsync(arguments), StringComparison.Ordinal);

    [Fact]
    public async Task Unknown_switch_is_an_error_of_the_command_line()
    {
        await using var command = BridgeProcess.Start("chaos", new HostSettings("--kill", "1"));
        Assert.True(await command.WaitForExitAsync() == 2, command.Evidence());
        Assert.Contains("'--kill' is no switch of chaos", command.Errors.Tail(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proxy_of_the_environment_is_not_asked_for_a_bridge_on_this_machine()
    {
        await using var bridge = await BridgeDouble.StartAsync(BridgeDouble.Honest);
        await using var command = BridgeProcess.Start(
            "chaos",
            new HostSettings("--url", bridge.Address, "--faults", "kill", "--duration", "1", "--kill-every", "300ms", "--callers", "1")
            {
                Environment = new Dictionary<string, string?> { ["HTTP_PROXY"] = "http://127.0.0.1:1", ["http_proxy"] = "http://127.0.0.1:1", ["NO_PROXY"] = "", ["no_proxy"] = "" },
            });
        Assert.True(await command.WaitForExitAsync() == 0, command.Evidence());
    }

    private static int Faults(JsonElement verdict) => verdict.GetProperty("faults").EnumerateObject().Sum(fault => fault.Value.GetProperty("done").GetInt32());

    private static async Task<string> RefusalAsync(params string[] arguments)
    {
        await using var command = BridgeProcess.Start("chaos", new HostSettings(arguments));
        Assert.True(await command.WaitForExitAsync() == 78, command.Evidence());
        return command.Errors.Tail();
    }

    private static async Task<(int Code, JsonElement Verdict, string Evidence)> RunAsync(string address, params string[] arguments)
    {
        await using var command = BridgeProcess.Start("chaos", new HostSettings(["--url", address, "--json", "--seed", "1", .. arguments]));
        var code = await command.WaitForExitAsync(2 * Eventually.Patience);
        Assert.True(command.Output.Lines.Count > 0, command.Evidence());
        return (code, JsonElement.Parse(string.Concat(command.Output.Lines)), command.Evidence());
    }
}
