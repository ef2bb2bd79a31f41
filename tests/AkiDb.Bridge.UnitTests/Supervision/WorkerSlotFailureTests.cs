using AkiDb.Bridge.Supervision;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Supervision;

/// <summary>A slot whose own supervision fails, as it does when the host has no memory, or no room for its log.</summary>
public sealed class WorkerSlotFailureTests : IAsyncDisposable
{
    private readonly SlotBench bench = new();

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    [Fact]
    public async Task Failure_while_a_death_is_told_leaves_no_process_and_the_slot_is_filled_again()
    {
        await bench.StartAsync();
        var process = await bench.ProcessAsync(0);
        FailOnce("worker:0 ended");

        process.Die(139);

        await bench.AdvanceUntilAsync(() => bench.Status.State == SlotState.Ready && bench.Launcher.Processes.Count == 2);
        Assert.True(process.WasDisposed);
        Assert.Equal((1, 1), (bench.Status.Restarts, bench.Pool.Count));
        Assert.Contains(bench.Log.Entries, entry => entry.Message.Contains("The supervision of worker:0 failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Failure_while_a_worker_serves_ends_it_after_a_pause_and_the_slot_is_filled_again()
    {
        await bench.StartAsync();
        var process = await bench.ProcessAsync(0);
        using var lease = await bench.LeaseAsync();
        var since = bench.Time.GetUtcNow();
        FailOnce("is being replaced");

        bench.Supervisor.Restart(0);

        await bench.AdvanceUntilAsync(() => process.WasKilled);
        Assert.True(bench.Time.GetUtcNow() - since >= bench.Options.BackOffBase, "What fails again and again would have no pause.");
        await bench.AdvanceUntilAsync(() => bench.Status is { State: SlotState.Ready, Restarts: 1 });
        Assert.Contains("Its supervision failed: No space left", bench.Status.LastCrash!.Reason, StringComparison.Ordinal);
        Assert.False((await lease.Worker.Exited).InputSuspected);
    }

    [Fact]
    public async Task Failure_while_a_replacement_takes_over_leaves_neither_worker_and_the_slot_is_filled_again()
    {
        await bench.StartAsync();
        FailOnce("was replaced: pid");

        bench.Supervisor.Restart(0);

        await bench.AdvanceUntilAsync(() => bench.Status.State == SlotState.Ready && bench.Launcher.Processes.Count == 3);
        await bench.AdvanceUntilAsync(() => bench.Launcher.Processes[0].WasDisposed && bench.Launcher.Processes[1].WasDisposed);
        Assert.Equal((2, 1), (bench.Status.Restarts, bench.Pool.Count));
    }

    [Fact]
    public async Task Worker_that_nobody_can_watch_is_ended_and_the_slot_is_filled_again()
    {
        await bench.StartAsync();
        var process = await bench.ProcessAsync(0);
        FailOnce("does not answer a ping");

        process.Responsive = FakeProcess.Pending();

        await bench.AdvanceUntilAsync(() => process.WasDisposed);
        await bench.AdvanceUntilAsync(() => bench.Status is { State: SlotState.Ready, Restarts: 1 });
        Assert.Contains("It could not be watched: No space left", bench.Status.LastCrash!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failure_to_kill_a_worker_is_made_good_and_the_replacement_on_its_way_is_no_further_death()
    {
        bench.Launcher.Prepare = (number, process) => process.Loaded = number == 1 ? FakeProcess.Pending() : process.Loaded;
        await bench.StartAsync();
        bench.Supervisor.Restart(0);
        var (old, replacement) = (await bench.ProcessAsync(0), await bench.ProcessAsync(1));
        await bench.UntilAsync(() => bench.Status.ReplacementPid == replacement.WorkerPid);
        old.KillError = new IOException("No space left on device");

        old.Flood();
        await bench.UntilAsync(() => old.KillError is null);
        replacement.Loaded.SetResult();

        await bench.AdvanceUntilAsync(() => bench.Status.State == SlotState.Ready && bench.Launcher.Processes.Count == 3);
        Assert.True(old.WasDisposed && replacement.WasDisposed);
        Assert.Equal(1, bench.Status.Restarts);
    }

    [Fact]
    public async Task Failure_while_the_host_stops_reaches_the_host_and_leaves_no_process()
    {
        await bench.StartAsync();
        var process = await bench.ProcessAsync(0);
        process.KillError = new IOException("No space left on device");

        await Assert.ThrowsAsync<IOException>(bench.StopAsync);

        Assert.True(process.WasDisposed);
    }

    private void FailOnce(string message)
    {
        var failed = false;
        bench.Log.OnMessage = logged =>
        {
            if (!failed && logged.Contains(message, StringComparison.Ordinal))
            {
                failed = true;
                throw new IOException("No space left on device");
            }
        };
    }
}
