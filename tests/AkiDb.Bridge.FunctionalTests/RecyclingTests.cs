using System.Net;
using AkiDb.Bridge.FunctionalTests.Doubles;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Workers that are replaced although they do nothing wrong, and slots that are given up for a while.</summary>
public sealed class RecyclingTests
{
    private static readonly int[] Few = [0, 1, 2, 3, 300, 600];

    [Fact]
    public async Task Workers_are_replaced_under_load_and_nobody_notices()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings(
            "--fallback", "off", "--set", "Supervision:RecycleRequests=20", "--set", "Supervision:PingInterval=100ms"));
        using var enough = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 4).Select(_ => CallAsync(host, enough.Token)).ToList();

        // A successor leaves the processor to its callers, who take all of it here: it may need long.
        await Task.WhenAny(host.SlotAsync(slot => slot.Restarts >= 2, "two workers were replaced", TimeSpan.FromMinutes(3)), Task.WhenAll(callers));
        await enough.CancelAsync();

        // Every answer was checked; one that failed would have ended its caller with the reason.
        Assert.InRange((await Task.WhenAll(callers)).Sum(), 40, int.MaxValue);
        var slot = (await host.StatusAsync()).Workers[0];
        Assert.InRange(slot.Restarts, 2, 100);
        Assert.Null(slot.LastCrash);
        Assert.Equal(0, host.Log.Count("worker:0 ended"));
    }

    [Fact]
    public async Task Restart_that_is_asked_for_replaces_the_worker_and_leaves_nothing_of_it()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--fallback", "off"));
        var before = (await host.StatusAsync()).Workers[0].Pid!.Value;
        using (var accepted = await host.RestartAsync("0"))
        {
            Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        }

        await host.EmbedUntilAsync(
            new { inputs = Reference.TextsAt(Few) }, answer => Reference.MiniLM.Check(answer.Vectors, Few), _ => host.Log.Contains("was replaced"), "the worker is replaced");
        var slot = await host.SlotAsync(slot => slot.State == "ready" && slot.Pid != before, "the new worker is shown");
        Assert.Equal(1, slot.Restarts);
        await Eventually.TrueAsync(() => !ProcessTable.IsAlive(before), "the old worker is gone", () => ProcessTable.CommandLine(before));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("-1")]
    [InlineData("zero")]
    [InlineData("99999999999")]
    public async Task Restart_of_a_worker_that_is_not_there_is_a_404(string slot)
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings { Python = "/nonexistent" });
        using var response = await host.RestartAsync(slot);
        var problem = await Problem.ReadAsync(response);
        Assert.Equal((404, "unknown_worker"), (problem.Status, problem.Code));
    }

    [Fact]
    public async Task Crash_loop_is_quarantined_and_recovers_by_itself()
    {
        await using var twin = new WorkerDouble(WorkerDouble.DiesAtOnce) { Times = 4 };
        await using var host = await BridgeHost.StartAsync(new HostSettings(
            "--set", "Supervision:QuarantineAfter=4", "--set", "Supervision:QuarantineCoolDown=8s", "--set", "Supervision:BackOffBase=20ms", "--set", "Supervision:BackOffMax=100ms")
        { Python = twin.Executable });
        var slot = await host.SlotAsync(slot => slot.State == "quarantined", "it is quarantined");
        Assert.Equal(4, slot.Restarts);
        await host.Log.WaitForAsync("worker:0 is quarantined for 00:00:08: its workers keep dying early, 4 within");
        using (var refused = await host.PostAsync(new { inputs = Reference.TextsAt(Few), fallback = "off" }))
        {
            Assert.Equal((503, 8), ((await Problem.ReadAsync(refused)).Status, (int)refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds));
        }

        await host.WorkerReadyAsync();
        Reference.MiniLM.Check((await host.EmbedAsync(Reference.TextsAt(Few))).Vectors, Few);
    }

    [Fact]
    public async Task Faults_on_purpose_are_refused_in_production()
    {
        await using var host = BridgeProcess.Start("serve", new HostSettings("--port", "0")
        {
            Environment = new Dictionary<string, string?> { ["AKIDB_WORKER_FAULTS"] = "die-at-start", ["DOTNET_ENVIRONMENT"] = null, ["ASPNETCORE_ENVIRONMENT"] = null },
        });
        Assert.Equal(78, await host.WaitForExitAsync());
        Assert.Contains("AKIDB_WORKER_FAULTS is set", host.Errors.Tail(), StringComparison.Ordinal);
    }

    private static async Task<int> CallAsync(BridgeHost host, CancellationToken enough)
    {
        var answers = 0;
        while (!enough.IsCancellationRequested)
        {
            Reference.MiniLM.Check((await host.EmbedAsync(Reference.TextsAt(Few))).Vectors, Few);
            answers++;
        }

        return answers;
    }
}
