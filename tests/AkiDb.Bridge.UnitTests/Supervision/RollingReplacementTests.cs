using AkiDb.Bridge.Supervision;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Supervision;

/// <summary>A worker that is replaced while it serves.</summary>
public sealed class RollingReplacementTests : IAsyncDisposable
{
    private readonly SlotBench bench = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    [Fact]
    public async Task Replacement_is_ready_before_the_old_worker_goes()
    {
        bench.Launcher.Prepare = (number, process) => process.Loaded = number == 1 ? FakeProcess.Pending() : process.Loaded;
        await bench.StartAsync();
        var old = await bench.ProcessAsync(0);
        bench.Supervisor.Restart(0);
        var replacement = await bench.ProcessAsync(1);
        await bench.UntilAsync(() => bench.Status.ReplacementPid == replacement.WorkerPid);
        Assert.Equal((SlotState.Ready, old.WorkerPid, 1), (bench.Status.State, bench.Status.Pid, bench.Pool.Count));

        replacement.Loaded.SetResult();

        await bench.UntilAsync(() => bench.Status.Pid == replacement.WorkerPid);
        Assert.Equal((SlotState.Ready, null, 1), (bench.Status.State, bench.Status.ReplacementPid, bench.Status.Restarts));
        await bench.UntilAsync(() => old.WasDisposed);
        Assert.Equal(1, bench.Pool.Count);
        Assert.False(old.WasTerminated);
        Assert.Null(bench.Status.LastCrash);
        Assert.Equal([false, true], bench.Launcher.Backgrounds);
    }

    [Fact]
    public async Task Old_worker_finishes_what_it_has_and_gets_nothing_new()
    {
        await bench.StartAsync();
        var old = await bench.ProcessAsync(0);
        var lease = await bench.LeaseAsync();
        bench.Supervisor.Restart(0);
        var replacement = await bench.ProcessAsync(1);
        await bench.UntilAsync(() => bench.Status.Pid == replacement.WorkerPid);
        using var next = await bench.LeaseAsync();
        Assert.NotSame(lease.Worker, next.Worker);

        // Its batch may be sent only now: whoever has a lease may use it.
        Assert.Null((await lease.Worker.EmbedAsync(InMemoryWorker.Batch(), new float[2], TimeSpan.FromSeconds(1), Stop)).Error);
        Assert.False(old.Exited.IsCompleted);
        lease.Dispose();

        await bench.UntilAsync(() => old.WasDisposed);
        Assert.False(old.WasTerminated);
        Assert.False((await lease.Worker.Exited).InputSuspected);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Old_worker_that_does_not_end_is_terminated_then_killed(bool obeys)
    {
        bench.Launcher.Prepare = (number, process) => (process.ObeysShutdown, process.ObeysTerminate) = (number > 0, number > 0 || obeys);
        await bench.StartAsync();
        var old = await bench.ProcessAsync(0);
        bench.Supervisor.Restart(0);
        var replacement = await bench.ProcessAsync(1);
        await bench.UntilAsync(() => bench.Status.Pid == replacement.WorkerPid);
        Assert.False(old.WasTerminated);

        await bench.AdvanceUntilAsync(() => old.WasDisposed);

        Assert.Equal((true, !obeys), (old.WasTerminated, old.WasKilled));
        Assert.Equal((SlotState.Ready, 1), (bench.Status.State, bench.Status.Restarts));
    }

    [Fact]
    public async Task Replacement_that_fails_changes_nothing_and_is_tried_again()
    {
        bench.Launcher.Prepare = (number, process) => process.DiesAtOnce = number is 1 or 2 ? 1 : null;
        await bench.StartAsync();
        var old = await bench.ProcessAsync(0);
        bench.Supervisor.Restart(0);
        await bench.UntilAsync(() => bench.Launcher.Processes.Count >= 2 && bench.Launcher.Processes[1].WasDisposed);
        Assert.Equal((SlotState.Ready, old.WorkerPid, 0), (bench.Status.State, bench.Status.Pid, bench.Status.Restarts));

        await bench.AdvanceUntilAsync(() => bench.Status.Restarts == 1);

        Assert.Equal(bench.Launcher.Processes[3].WorkerPid, bench.Status.Pid);
        Assert.Null(bench.Status.ReplacementPid);
    }

    [Fact]
    public async Task Replacement_on_its_way_takes_over_when_the_old_worker_dies()
    {
        bench.Launcher.Prepare = (number, process) => process.Loaded = number == 1 ? FakeProcess.Pending() : process.Loaded;
        await bench.StartAsync();
        bench.Supervisor.Restart(0);
        var replacement = await bench.ProcessAsync(1);
        await bench.UntilAsync(() => bench.Status.ReplacementPid == replacement.WorkerPid);

        (await bench.ProcessAsync(0)).Die(139);

        await bench.UntilAsync(() => bench.Status is { State: SlotState.Loading, Restarts: 1, ReplacementPid: null });
        Assert.Equal(replacement.WorkerPid, bench.Status.Pid);
        Assert.NotNull(bench.Status.LastCrash);
        replacement.Loaded.SetResult();
        await bench.StateAsync(SlotState.Ready);
        Assert.Equal((1, 1, 2), (bench.Status.Restarts, bench.Pool.Count, bench.Launcher.Processes.Count));
    }

    [Fact]
    public async Task Both_that_die_are_followed_by_another_one()
    {
        bench.Launcher.Prepare = (number, process) => process.Loaded = number == 1 ? FakeProcess.Pending() : process.Loaded;
        await bench.StartAsync();
        bench.Supervisor.Restart(0);
        var replacement = await bench.ProcessAsync(1);
        await bench.UntilAsync(() => bench.Status.ReplacementPid == replacement.WorkerPid);
        (await bench.ProcessAsync(0)).Die(139);
        await bench.StateAsync(SlotState.Loading);

        replacement.Die(1);

        await bench.AdvanceUntilAsync(() => bench.Status is { State: SlotState.Ready, Restarts: 2 });
        Assert.Equal("exit code 1", bench.Status.LastCrash!.Exit);
    }

    [Fact]
    public async Task Worker_that_has_served_enough_is_replaced_once()
    {
        bench.Options.RecycleRequests = 5;
        await bench.StartAsync();
        for (var batch = 0; batch < 5; batch++)
        {
            using var lease = await bench.LeaseAsync();
            await lease.Worker.EmbedAsync(InMemoryWorker.Batch(), new float[2], TimeSpan.FromSeconds(1), Stop);
        }

        await bench.AdvanceUntilAsync(() => bench.Status.Restarts == 1);

        await bench.AdvanceUntilAsync(() => bench.Launcher.Processes[0].WasDisposed);
        Assert.Equal((5L, 2), (bench.Status.Served, bench.Launcher.Processes.Count));
    }

    [Fact]
    public async Task Worker_that_grows_is_replaced_and_one_that_was_too_large_from_the_start_is_not()
    {
        bench.Options.RecycleMemory = 2_000;
        bench.Launcher.Prepare = (number, process) => process.RssBytes = number == 0 ? 1_000 : 3_000;
        await bench.StartAsync();
        await bench.AdvanceUntilAsync(() => bench.Status.MemoryBytes == 1_000);
        bench.Launcher.Processes[0].RssBytes = 2_001;

        await bench.AdvanceUntilAsync(() => bench.Status.MemoryBytes == 3_000);
        await bench.AdvanceUntilAsync(() => bench.Log.Entries.Any(entry => entry.Message.Contains("from the start", StringComparison.Ordinal)));
        var until = bench.Time.GetUtcNow() + (bench.Options.PingInterval * 3);
        await bench.AdvanceUntilAsync(() => bench.Time.GetUtcNow() >= until);

        Assert.Single(bench.Log.Entries, entry => entry.Message.Contains("from the start", StringComparison.Ordinal));
        Assert.Equal((1, 2), (bench.Status.Restarts, bench.Launcher.Processes.Count));
    }

    [Fact]
    public async Task Silent_worker_is_replaced_too()
    {
        bench.Options.PingTimeout = TimeSpan.FromHours(1);
        await bench.StartAsync();
        bench.Launcher.Processes[0].Responsive = FakeProcess.Pending();
        await bench.AdvanceUntilAsync(() => bench.Status.State == SlotState.Unhealthy);

        bench.Supervisor.Restart(0);

        await bench.UntilAsync(() => bench.Status is { State: SlotState.Ready, Restarts: 1 });
        Assert.Equal(1, bench.Pool.Count);
    }

    [Fact]
    public async Task Host_that_stops_meanwhile_leaves_nothing()
    {
        bench.Launcher.Prepare = (number, process) => process.Loaded = number == 1 ? FakeProcess.Pending() : process.Loaded;
        await bench.StartAsync();
        bench.Supervisor.Restart(0);
        var replacement = await bench.ProcessAsync(1);
        await bench.UntilAsync(() => bench.Status.ReplacementPid == replacement.WorkerPid);

        await bench.StopAsync();

        Assert.Equal(SlotState.Stopped, bench.Status.State);
        Assert.All(bench.Launcher.Processes, process => Assert.True(process.WasDisposed));
        Assert.False(bench.Launcher.Processes[0].WasTerminated);
    }
}
