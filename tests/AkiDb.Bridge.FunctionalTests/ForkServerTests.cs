using AkiDb.Bridge.FunctionalTests.Doubles;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>The process that forks the workers is one more that can be killed, or that is not there at all.</summary>
public sealed class ForkServerTests
{
    private static readonly int[] Few = [0, 1, 2, 3];

    [Fact]
    [Trait("Python", "every")]
    public async Task Killed_fork_server_takes_no_worker_along_and_the_next_worker_has_another_one()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--fallback", "off", "--workers", "2"));
        var before = await TwoWorkersAsync(host);
        var server = ServerOf(before[0]);
        Assert.Equal(server, ServerOf(before[1]));
        Signals.Send(server, Signals.Kill);
        await Eventually.TrueAsync(() => !ProcessTable.IsAlive(server), "the fork server is gone", () => ProcessTable.CommandLine(server));

        Reference.MiniLM.Check((await host.EmbedAsync(Reference.TextsAt(Few))).Vectors, Few);
        Signals.Send(before[0], Signals.Kill);
        var after = await host.WorkerReadyAsync(before[0]);
        Assert.NotEqual(server, ServerOf(after));
        Assert.Contains("SIGKILL", await host.Log.WaitForAsync("worker:0 ended"), StringComparison.Ordinal);
        Assert.Equal(before[1], (await host.StatusAsync()).Workers[1].Pid);
        Assert.Equal(0, host.Log.Count("worker:1 ended"));
        Reference.MiniLM.Check((await host.EmbedAsync(Reference.TextsAt(Few))).Vectors, Few);
    }

    [Fact]
    public async Task Stopped_fork_server_is_given_up_and_costs_no_worker_that_serves()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--fallback", "off", "--workers", "2", "--set", "Supervision:LoadTimeout=5s"));
        var before = await TwoWorkersAsync(host);
        var server = ServerOf(before[0]);
        Signals.Send(server, Signals.Stop);
        Signals.Send(before[0], Signals.Kill);
        Assert.NotEqual(before[0], await host.WorkerReadyAsync(before[0]));
        await host.Log.WaitForAsync("No worker can be forked, each is started on its own");
        Assert.False(ProcessTable.IsAlive(server));
        Assert.Equal(before[1], (await host.StatusAsync()).Workers[1].Pid);
        Assert.Equal(0, host.Log.Count("worker:1 ended"));
        Reference.MiniLM.Check((await host.EmbedAsync(Reference.TextsAt(Few))).Vectors, Few);
    }

    [Fact]
    [Trait("Python", "every")]
    public async Task Fork_server_that_ends_at_once_costs_no_worker_its_first_try()
    {
        await using var twin = new WorkerDouble(WorkerDouble.Honest);
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--fallback", "off") { Python = twin.Executable });
        await host.Log.WaitForAsync("No worker can be forked, each is started on its own: the fork server has ended");
        await host.Log.WaitForAsync("A double forks no workers.");
        Assert.Equal(0, (await host.ReadinessAsync()).Worker.Restarts);
        Reference.MiniLM.Check((await host.EmbedAsync(Reference.TextsAt(Few))).Vectors, Few);
    }

    [Fact]
    [Trait("Python", "every")]
    public async Task Host_that_is_killed_after_its_fork_server_is_outlived_by_nobody()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings());
        var worker = (await host.ReadinessAsync()).Worker.Pid!.Value;
        var subreaper = ProcessTable.ParentOf(worker);
        Signals.Send(ServerOf(worker), Signals.Kill);
        Signals.Send(worker, Signals.Stop);
        await host.KillAsync();
        await Eventually.TrueAsync(
            () => !ProcessTable.IsAlive(worker) && !ProcessTable.IsAlive(subreaper), "they are gone", () => ProcessTable.CommandLine(worker), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Without_a_fork_server_every_worker_is_started_on_its_own_and_replaced_all_the_same()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--fallback", "off", "--set", "Supervision:ForkServer=false"));
        var first = (await host.ReadinessAsync()).Worker.Pid!.Value;
        Assert.Equal(host.Process.Pid, ServerOf(first));
        Signals.Send(first, Signals.SegmentationFault);
        var second = await host.WorkerReadyAsync(first);
        Assert.Contains("SIGSEGV", await host.Log.WaitForAsync("worker:0 ended"), StringComparison.Ordinal);
        using (await host.RestartAsync("0"))
        {
            await host.Log.WaitForAsync($"took over from {second}");
        }

        Reference.MiniLM.Check((await host.EmbedAsync(Reference.TextsAt(Few))).Vectors, Few);
    }

    private static async Task<IReadOnlyList<int>> TwoWorkersAsync(BridgeHost host)
    {
        var ready = await host.ReadinessAsync(
            health => health.Engines.Count(engine => engine.Name.StartsWith("worker:", StringComparison.Ordinal) && engine.State == "ready") == 2, "both workers are ready");
        return [.. ready.Engines.Where(engine => engine.Pid is not null).Select(engine => engine.Pid!.Value)];
    }

    private static int ServerOf(int worker) => ProcessTable.ParentOf(ProcessTable.ParentOf(worker));
}
