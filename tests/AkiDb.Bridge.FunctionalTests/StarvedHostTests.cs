using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>A host that is late itself judges no worker by that.</summary>
public sealed class StarvedHostTests
{
    private static readonly int[] Few = [0, 1, 2, 3];

    [Fact]
    public async Task Requests_that_take_every_thread_of_the_host_cost_no_worker()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--set", "Supervision:PingInterval=200ms"));
        var worker = await host.WorkerReadyAsync();
        var body = new { prompt = string.Concat(Enumerable.Repeat("words ", 8_000)), inputs = Enumerable.Repeat("", 2_048), timeout = "1s" };
        await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => PostAsync(host, body)));
        await CheckAsync(host, worker);
    }

    [Fact]
    public async Task Host_that_was_stopped_for_longer_than_a_ping_may_take_asks_again()
    {
        Python.Require();
        string[] quick = ["--set", "Supervision:PingInterval=1ms", "--set", "Supervision:UnhealthyAfter=1s", "--set", "Supervision:PingTimeout=3s"];
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings(quick));
        var worker = await host.WorkerReadyAsync();
        for (var round = 0; round < 3; round++)
        {
            // The worker stands still with its host, so that a ping is on its way when both go on.
            Signals.Send(worker, Signals.Stop);
            Signals.Send(host.Process.Pid, Signals.Stop);
            await Eventually.TrueAsync(() => !ProcessTable.IsRunning(host.Process.Pid), "the host stands still", () => "");
            await Task.Delay(TimeSpan.FromSeconds(4), TimeProvider.System, TestContext.Current.CancellationToken);
            Signals.Send(worker, Signals.Continue);
            Signals.Send(host.Process.Pid, Signals.Continue);
            await host.EmbedAsync(Reference.TextsAt(Few));
        }

        await CheckAsync(host, worker);
    }

    // How the host answers an attack is not what is asked here.
    private static async Task PostAsync(BridgeHost host, object body)
    {
        try
        {
            using var response = await host.PostAsync(body);
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
        }
    }

    private static async Task CheckAsync(BridgeHost host, int worker)
    {
        var answer = await host.EmbedAsync(new { inputs = Reference.TextsAt(Few), fallback = "off" });
        Reference.MiniLM.Check(answer.Vectors, Few);
        Assert.Equal(worker, await host.WorkerReadyAsync());
        Assert.Equal(0, (await host.ReadinessAsync()).Worker.Restarts);
        Assert.False(host.Log.Contains("worker:0 ended"), host.Log.Tail());
    }
}
