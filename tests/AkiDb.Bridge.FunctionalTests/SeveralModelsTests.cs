using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>MiniLM and Qwen3 in one host: each has its own workers, and neither notices what becomes of the other's.</summary>
public sealed class SeveralModelsTests
{
    private const int Kills = 2;
    private const string MiniLM = "sentence-transformers/all-MiniLM-L6-v2";
    private static readonly Reference TinyQwen = new("tiny-qwen3") { Dimension = 128 };

    [Fact]
    public async Task Callers_of_both_models_each_get_their_models_vectors_from_its_workers()
    {
        Python.Require();
        await using var host = await StartAsync();
        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(4));
        var callers = Callers(host, 4);

        await Task.WhenAll(callers.Select(caller => caller.CallAsync(over.Token)));

        Assert.All(callers, caller => Assert.Contains("worker:0", caller.ServedBy.Keys));
        var status = await host.StatusAsync();
        Assert.Equal((MiniLM, "tiny-qwen3"), (status.Model, status.Models.Single().Model));
        Assert.All(status.Models.Append(status), model => Assert.InRange(model.Workers.Single().Served, 1, long.MaxValue));
    }

    [Fact]
    public async Task Killing_all_workers_of_one_model_again_and_again_leaves_the_other_alone()
    {
        Python.Require();
        await using var host = await StartAsync("--set", "Supervision:BackOffMax=300ms");
        var before = (await host.StatusAsync()).Workers[0];
        using var over = new CancellationTokenSource();
        var callers = Callers(host, 2);
        var calls = Task.WhenAll(callers.Select(caller => caller.CallAsync(over.Token)));

        var last = 0;
        for (var kill = 0; kill < Kills; kill++)
        {
            last = (await QwenWorkerAsync(host, slot => slot.State == "ready" && slot.Pid != last)).Pid!.Value;
            Signals.Send(last, Signals.Kill);
        }

        await QwenWorkerAsync(host, slot => slot is { State: "ready", Restarts: Kills });
        await over.CancelAsync();
        await calls;


        // On a busy machine the in-process engine takes what would wait for the worker.
        Assert.Contains("worker:0", callers[0].ServedBy.Keys);
        Assert.Contains("in-process", callers[1].ServedBy.Keys);
        var after = (await host.StatusAsync()).Workers[0];
        Assert.Equal((before.Pid, 0), (after.Pid, after.Restarts));
    }

    [Fact]
    public async Task Models_come_change_and_go_with_the_file_while_the_default_one_is_under_load()
    {
        Python.Require();
        using var program = new ProgramCopy();
        program.Write();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings { Program = program.Executable });
        var worker = (await host.StatusAsync()).Workers[0].Pid;
        using var over = new CancellationTokenSource();
        var standard = new ModelCaller(host, null, Reference.MiniLM);
        var load = standard.CallAsync(over.Token);

        program.Write(new { Model = TestPaths.Model("tiny-qwen3") });
        var first = (await QwenAsync(host)).Workers[0].Pid;
        var callers = Enumerable.Range(0, 2).Select(_ => new ModelCaller(host, "tiny-qwen3", TinyQwen)).ToList();
        var calls = Task.WhenAll(callers.Select(caller => caller.CallUntilUnknownAsync()));

        program.Write(new { Model = TestPaths.Model("tiny-qwen3"), Worker = new { InFlight = 0 }, Nonsense = 1 });
        await host.Log.WaitForAsync("nothing of it is used. The configuration has 2 mistakes");
        program.WriteText("{ \"Bridge\": {");
        await host.Log.WaitForAsync("nothing of it is used. appsettings.json cannot be read");
        Assert.Equal(first, (await QwenAsync(host)).Workers[0].Pid);

        program.Write(new { Model = TestPaths.Model("tiny-qwen3"), Worker = new { InFlight = 3 } });
        var second = (await QwenAsync(host, model => model.Workers[0].Pid != first)).Workers[0].Pid!.Value;
        await host.Log.WaitForAsync("The model tiny-qwen3 was replaced");
        Assert.False(calls.IsCompleted, host.Log.Tail());

        program.Write();
        await calls.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => !ProcessTable.IsAlive(first!.Value) && !ProcessTable.IsAlive(second), "its workers are gone", host.Log.Tail);
        await over.CancelAsync();
        await load;

        Assert.Contains("worker:0", standard.ServedBy.Keys);
        var status = await host.StatusAsync();
        Assert.Empty(status.Models);
        Assert.Equal((worker, 0), (status.Workers[0].Pid, status.Workers[0].Restarts));
    }

    [Fact]
    public async Task Model_that_cannot_be_served_is_shown_and_refused_with_its_reason_and_the_host_is_ready()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings(
            "--provider", "mock", "--set", "Models:lost:Model=no/such-model", "--set", $"Models:qwen:Model={TestPaths.Model("tiny-qwen3")}"));
        await host.ReadinessAsync(health => health.Status == "ready", "the default model is ready");

        using var refused = await host.PostAsync(new { inputs = new[] { "a" }, model = "no/such-model" });
        var problem = await Problem.ReadAsync(refused);
        Assert.Equal(503, problem.Status);
        Assert.Contains("'no/such-model' is not served", problem.Detail, StringComparison.Ordinal);
        using var unknown = await host.PostAsync(new { inputs = new[] { "a" }, model = "other" });
        Assert.Contains("'mock/tiny-qwen3' are", (await Problem.ReadAsync(unknown)).Detail, StringComparison.Ordinal);
        foreach (var route in new[] { "/readyz", "/health", "/api/v1/status" })
        {
            var others = (await GetAsync(host, route)).GetProperty("models").EnumerateArray().ToList();
            Assert.Equal(["no/such-model", "mock/tiny-qwen3"], others.Select(model => model.GetProperty("model").GetString()));
            Assert.Equal(problem.Detail, others[0].GetProperty("reasons")[0].GetString());
        }

        var models = (await GetAsync(host, "/api/v1/models")).GetProperty("models").EnumerateArray().ToList();
        Assert.Equal(["ready", "failed", "ready"], models.Select(model => model.GetProperty("state").GetString()));
        Assert.Equal([true, false, false], models.Select(model => model.GetProperty("default").GetBoolean()));
        Assert.Contains("tiny-qwen3;", models[2].GetProperty("space").GetString(), StringComparison.Ordinal);
        Assert.Contains("no/such-model", await host.Log.WaitForAsync("is not served"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Worker_of_a_further_model_is_replaced_when_asked_by_its_name()
    {
        Python.Require();
        await using var host = await StartAsync();
        using var unknown = await host.RestartAsync("0", "other");
        Assert.Equal(404, (await Problem.ReadAsync(unknown)).Status);
        using var accepted = await host.RestartAsync("0", "tiny-qwen3");
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);

        await host.Log.WaitForAsync("tiny-qwen3: worker:0 is being replaced");
        Assert.Equal(1, host.Log.Count("worker:0 is being replaced"));
    }

    private static async Task<BridgeHost> StartAsync(params string[] arguments)
    {
        var host = await BridgeHost.StartWithWorkerAsync(new HostSettings([.. arguments, "--set", $"Models:0:Model={TestPaths.Model("tiny-qwen3")}"]));
        try
        {
            await QwenAsync(host);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    // One of each model in turn.
    private static List<ModelCaller> Callers(BridgeHost host, int count) =>
        [.. Enumerable.Range(0, count).Select(index => index % 2 == 0 ? new ModelCaller(host, MiniLM, Reference.MiniLM) : new ModelCaller(host, "tiny-qwen3", TinyQwen))];

    private static Task<SlotAnswer> QwenWorkerAsync(BridgeHost host, Func<SlotAnswer, bool> wanted) => Eventually.GetAsync(
        async () => (await host.StatusAsync()).Models[0].Workers[0] is var slot && wanted(slot) ? slot : null, "the further model's worker is as wanted", host.Log.Tail);

    /// <summary>Waits until the further model's worker serves.</summary>
    private static Task<StatusAnswer> QwenAsync(BridgeHost host, Func<StatusAnswer, bool>? wanted = null) => Eventually.GetAsync(
        async () => (await host.StatusAsync()).Models is [{ State: "ready" } model] && wanted?.Invoke(model) != false ? model : null,
        "the further model is ready",
        host.Log.Tail);

    private static Task<JsonElement> GetAsync(BridgeHost host, string route) =>
        host.Client.GetFromJsonAsync<JsonElement>(new Uri(route, UriKind.Relative), TestContext.Current.CancellationToken);
}
