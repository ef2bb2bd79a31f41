using AkiDb.Bridge.Supervision;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Supervision;

/// <summary>Several slots.</summary>
public sealed class SupervisorTests : IAsyncDisposable
{
    private readonly SlotBench bench = new(3);

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    [Fact]
    public async Task Slots_start_one_after_the_other()
    {
        bench.Launcher.Prepare = (_, process) => process.Loaded = FakeProcess.Pending();
        await bench.StartAsync(SlotState.Loading);
        Assert.Single(bench.Launcher.Processes);

        for (var slot = 0; slot < 3; slot++)
        {
            (await bench.ProcessAsync(slot)).Loaded.SetResult();
            var next = slot + 1;
            await bench.UntilAsync(() => bench.Pool.Count == next);
        }

        Assert.Equal([0, 1, 2], bench.Launcher.Slots);
    }

    [Fact]
    public async Task Slot_that_fails_does_not_hold_the_next_one_up()
    {
        bench.Launcher.Prepare = (number, process) => process.DiesAtOnce = number == 0 ? 1 : null;

        await bench.StartAsync(SlotState.BackingOff);

        await bench.UntilAsync(() => bench.Pool.Count == 2);
    }

    [Fact]
    public async Task Slot_that_takes_its_time_holds_the_next_one_up_only_so_long()
    {
        bench.Launcher.Prepare = (number, process) => process.Loaded = number == 0 ? FakeProcess.Pending() : process.Loaded;
        await bench.StartAsync(SlotState.Loading);

        bench.Time.Advance(bench.Options.StartStagger);

        await bench.UntilAsync(() => bench.Pool.Count == 2);
        Assert.Equal(SlotState.Loading, bench.Status.State);
    }

    [Fact]
    public async Task Only_one_worker_is_replaced_at_a_time()
    {
        await bench.StartAsync();
        await bench.UntilAsync(() => bench.Pool.Count == 3);
        bench.Launcher.Prepare = (_, process) => process.Loaded = FakeProcess.Pending();
        for (var slot = 0; slot < 3; slot++)
        {
            bench.Supervisor.Restart(slot);
        }

        for (var replacement = 3; replacement < 6; replacement++)
        {
            var process = await bench.ProcessAsync(replacement);
            Assert.Equal(replacement + 1, bench.Launcher.Processes.Count);
            process.Loaded.SetResult();
            await bench.UntilAsync(() => bench.Supervisor.Status.Any(slot => slot.Pid == process.WorkerPid));
        }

        Assert.Equal([1, 1, 1], bench.Supervisor.Status.Select(slot => slot.Restarts));
        Assert.Equal([0, 1, 2], bench.Launcher.Slots.Skip(3).Order());
    }

    [Fact]
    public async Task Outage_is_one_when_every_slot_is_out()
    {
        bench.Launcher.Prepare = (number, process) => process.Weights = number < 2 ? "bb" : "aa";
        await bench.StartAsync(SlotState.BackingOff);
        await bench.UntilAsync(() => bench.Pool.Count == 1);
        Assert.Null(bench.Pool.Outage);

        bench.Launcher.Prepare = (_, process) => process.Weights = "bb";
        bench.Launcher.Processes[2].Die(139);
        await bench.UntilAsync(() => bench.Pool.Count == 0);
        Assert.Null(bench.Pool.Outage);

        await bench.AdvanceUntilAsync(() => bench.Pool.Outage is not null);
        Assert.Contains("weights bb", bench.Pool.Outage!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    public async Task Restart_of_a_slot_that_is_not_there_is_refused(int slot)
    {
        await bench.StartAsync();

        Assert.False(bench.Supervisor.Restart(slot));
    }
}
