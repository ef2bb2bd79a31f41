using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>What <c>GET /api/v1/status</c> says of a worker, alive and after its end.</summary>
public sealed class StatusTests
{
    private static readonly int[] Few = [0, 1, 2, 3, 300, 600];

    [Fact]
    public async Task Worker_that_serves_is_shown_with_what_it_does()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--fallback", "off", "--set", "Supervision:PingInterval=200ms"));
        Reference.MiniLM.Check((await host.EmbedAsync(Reference.TextsAt(Few))).Vectors, Few);
        var slot = await host.SlotAsync(slot => slot.MemoryBytes is not null, "its memory is known");
        Assert.Equal(("worker:0", "ready", 0, 0), (slot.Name, slot.State, slot.Restarts, slot.InFlight));
        Assert.InRange(slot.Served, 1, Few.Length);
        Assert.InRange(slot.MemoryBytes!.Value, 50_000_000, 10_000_000_000);
        Assert.True(slot.HasComputed);
        Assert.Null(slot.LastCrash);
        Assert.True(ProcessTable.IsAlive(slot.Pid!.Value));
        var status = await host.StatusAsync();
        Assert.Equal(("ready", "sentence-transformers/all-MiniLM-L6-v2", "ready"), (status.State, status.Model, status.InProcess));
    }

    [Theory]
    [InlineData(Signals.Kill, "signal 9 (SIGKILL)", "OOM killer did not")]
    [InlineData(Signals.SegmentationFault, "signal 11 (SIGSEGV)", null)]
    public async Task Worker_that_was_ended_by_a_signal_leaves_a_dossier(int signal, string exit, string? explanation)
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--set", "Supervision:PingInterval=200ms"));
        var before = await host.SlotAsync(slot => slot.MemoryBytes is not null, "its memory is known");
        Signals.Send(before.Pid!.Value, signal);

        var after = await host.SlotAsync(slot => slot is { State: "ready", LastCrash: not null } && slot.Pid != before.Pid, "the worker is back");
        Assert.Equal((1, exit), (after.Restarts, after.LastCrash!.Exit));
        Assert.Contains(exit, after.LastCrash.Reason, StringComparison.Ordinal);
        Assert.Equal(explanation is null, after.LastCrash.Explanation is null);
        Assert.Contains(explanation ?? "", after.LastCrash.Explanation ?? "", StringComparison.Ordinal);
        Assert.InRange(after.LastCrash.UptimeSeconds, 0.1, 100);
        Assert.InRange(after.LastCrash.MemoryBytes!.Value, 50_000_000, 10_000_000_000);
        Assert.Equal(0, after.LastCrash.Texts);
        Assert.NotEmpty(after.LastCrash.Stderr);
        if (signal == Signals.SegmentationFault)
        {
            Assert.StartsWith("Fatal Python error: Segmentation fault", after.LastCrash.Traceback, StringComparison.Ordinal);
        }

        Assert.Contains(exit, await host.Log.WaitForAsync("worker:0 ended"), StringComparison.Ordinal);
        Reference.MiniLM.Check((await host.EmbedAsync(Reference.TextsAt(Few))).Vectors, Few);
    }

    [Fact]
    public async Task Worker_that_crashes_while_it_computes_says_what_was_in_flight()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings());
        var before = (await host.StatusAsync()).Workers[0].Pid!.Value;
        var batches = Reference.MiniLM.All.Take(256).Chunk(32).ToList();
        var requests = batches.Select(batch => host.EmbedAsync(Reference.TextsAt(batch))).ToList();
        await host.SlotAsync(slot => slot is { InFlight: > 0, Served: > 0 }, "it computes");
        Signals.Send(before, Signals.SegmentationFault);

        foreach (var (answer, batch) in (await Task.WhenAll(requests)).Zip(batches))
        {
            Reference.MiniLM.Check(answer.Vectors, batch);
        }

        var crash = (await host.SlotAsync(slot => slot.LastCrash is not null, "the crash is known")).LastCrash!;
        Assert.InRange(crash.Texts, 1, 256);
        await host.WorkerReadyAsync(before);
    }

    [Fact]
    public async Task Stopped_worker_is_unhealthy_then_replaced_and_said_to_have_been_stopped()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings(
            "--set", "Supervision:PingInterval=200ms", "--set", "Supervision:UnhealthyAfter=300ms", "--set", "Supervision:PingTimeout=2s"));
        var before = (await host.StatusAsync()).Workers[0].Pid!.Value;
        Signals.Send(before, Signals.Stop);
        await host.SlotAsync(slot => slot.State == "unhealthy" && slot.Pid == before, "it is unhealthy");
        Reference.MiniLM.Check((await host.EmbedAsync(Reference.TextsAt(Few))).Vectors, Few);

        var after = await host.SlotAsync(slot => slot is { State: "ready", Restarts: 1 }, "it was replaced");
        Assert.Null(after.LastCrash!.Exit);
        Assert.Contains("did not answer a ping within 00:00:02", after.LastCrash.Reason, StringComparison.Ordinal);
        Assert.Contains("SIGSTOP", after.LastCrash.Explanation, StringComparison.Ordinal);
        Assert.False(ProcessTable.IsAlive(before));
    }

    [Fact]
    public async Task Stopped_worker_that_goes_on_in_time_is_kept()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings(
            "--fallback", "off", "--set", "Supervision:PingInterval=200ms", "--set", "Supervision:UnhealthyAfter=300ms", "--set", "Supervision:PingTimeout=20s"));
        var pid = (await host.StatusAsync()).Workers[0].Pid!.Value;
        Signals.Send(pid, Signals.Stop);
        await host.SlotAsync(slot => slot.State == "unhealthy", "it is unhealthy");
        Signals.Send(pid, Signals.Continue);

        var slot = await host.SlotAsync(slot => slot.State == "ready", "it answers again");
        Assert.Equal((pid, 0), (slot.Pid, slot.Restarts));
        Reference.MiniLM.Check((await host.EmbedAsync(Reference.TextsAt(Few))).Vectors, Few);
    }
}
