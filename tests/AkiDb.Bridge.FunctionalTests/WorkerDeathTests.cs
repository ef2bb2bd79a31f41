using AkiDb.Bridge.FunctionalTests.Doubles;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Workers that are killed: no request is lost, and the seat is filled again.</summary>
[Trait("Python", "every")]
public sealed class WorkerDeathTests
{
    private static readonly int[] Few = [0, 1, 2, 3];

    [Theory]
    [InlineData("same-space")]
    [InlineData("off")]
    public async Task Idle_worker_killed_next_request_is_answered(string fallback)
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--fallback", fallback));
        var before = (await host.ReadinessAsync()).Worker.Pid!.Value;
        Signals.Send(before, Signals.Kill);
        Reference.MiniLM.Check((await host.EmbedAsync(Reference.TextsAt(Few))).Vectors, Few);

        Assert.NotEqual(before, await host.WorkerReadyAsync(before));
        Assert.Equal(1, (await host.ReadinessAsync()).Worker.Restarts);
        Assert.Contains("SIGKILL", await host.Log.WaitForAsync("worker:0 ended"), StringComparison.Ordinal);
        await host.EmbedUntilAsync(
            new { inputs = Reference.TextsAt(Few) }, answer => Reference.MiniLM.Check(answer.Vectors, Few), answer => answer.ServedBy == "worker:0", "the worker serves again");
    }

    [Theory]
    [InlineData("same-space")]
    [InlineData("off")]
    public async Task Busy_worker_killed_every_request_in_flight_is_answered(string fallback)
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--fallback", fallback));
        var before = (await host.ReadinessAsync()).Worker.Pid!.Value;
        var batches = Reference.MiniLM.All.Take(256).Chunk(32).ToList();
        var requests = batches.Select(batch => host.EmbedAsync(Reference.TextsAt(batch))).ToList();

        // The worker has answered something and has more to do.
        await await Task.WhenAny(requests);
        Signals.Send(before, Signals.Kill);
        var answers = await Task.WhenAll(requests);
        foreach (var (answer, batch) in answers.Zip(batches))
        {
            Reference.MiniLM.Check(answer.Vectors, batch);
        }

        Assert.Equal(fallback == "off" ? ["worker:0"] : ["in-process", "worker:0"], answers.SelectMany(answer => answer.ServedBy.Split(',')).Distinct().Order());
        Assert.NotEqual(before, await host.WorkerReadyAsync(before));
        Assert.Equal(1, (await host.ReadinessAsync()).Worker.Restarts);
    }

    [Theory]
    [InlineData(WorkerDouble.DiesAtOnce)]
    [InlineData(WorkerDouble.DiesAfterHello)]
    [InlineData(WorkerDouble.DiesWhileLoading)]
    public async Task Worker_killed_before_it_was_ready_is_started_again(string behaviour)
    {
        await using var twin = new WorkerDouble(behaviour) { Times = 2 };
        await using var host = await BridgeHost.StartAsync(new HostSettings("--fallback", "off") { Python = twin.Executable });
        Reference.MiniLM.Check((await host.EmbedAsync(Reference.TextsAt(Few))).Vectors, Few);
        Assert.Equal(2, (await host.ReadinessAsync()).Worker.Restarts);
        await host.Log.WaitForCountAsync("worker:0 ended", 2);
        Assert.Equal(2, host.Log.Count("worker:0 ended"));
        Assert.Contains("SIGKILL", await host.Log.WaitForAsync("worker:0 ended"), StringComparison.Ordinal);
    }
}
