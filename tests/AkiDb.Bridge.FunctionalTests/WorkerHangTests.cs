using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>A worker that is alive and does not move: the answers go on, and it is found and replaced.</summary>
[Trait("Python", "every")]
public sealed class WorkerHangTests
{
    private static readonly int[] Few = [0, 1, 2, 3, 300, 600];

    [Theory]
    [InlineData("same-space")]
    [InlineData("off")]
    public async Task Stopped_worker_is_found_by_its_pings_and_replaced_and_no_request_is_lost(string fallback)
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings(
            "--fallback", fallback, "--set", "Supervision:PingInterval=200ms", "--set", "Supervision:PingTimeout=1s"));
        var before = (await host.ReadinessAsync()).Worker.Pid!.Value;
        Signals.Send(before, Signals.Stop);
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.EmbedAsync(Reference.TextsAt(Few))));
        Assert.All(answers, answer => Reference.MiniLM.Check(answer.Vectors, Few));

        await host.Log.WaitForAsync("did not answer a ping within 00:00:01", TimeSpan.FromSeconds(10));
        Assert.NotEqual(before, await host.WorkerReadyAsync(before));
        Assert.False(ProcessTable.IsAlive(before));
        Assert.Equal(1, (await host.ReadinessAsync()).Worker.Restarts);
        await host.EmbedUntilAsync(
            new { inputs = Reference.TextsAt(Few) }, answer => Reference.MiniLM.Check(answer.Vectors, Few), answer => answer.ServedBy == "worker:0", "the worker serves again");
    }
}
