using System.Collections.Concurrent;
using System.ComponentModel;
using AkiDb.Bridge.Supervision;
using AkiDb.Bridge.UnitTests.Doubles;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.UnitTests.Supervision;

/// <summary>A slot whose workers come, die and come again.</summary>
public sealed class WorkerSlotTests : IAsyncDisposable
{
    private readonly SlotBench bench = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    [Fact]
    public async Task Worker_that_is_ready_serves_and_is_shown()
    {
        await bench.StartAsync();
        var process = await bench.ProcessAsync(0);
        using var lease = await bench.LeaseAsync();
        bench.Time.Advance(TimeSpan.FromSeconds(3));

        await lease.Worker.EmbedAsync(InMemoryWorker.Batch(), new float[2], TimeSpan.FromSeconds(1), Stop);

        Assert.Equal((process.WorkerPid, 0, 1L), (bench.Status.Pid, bench.Status.Restarts, bench.Status.Served));
        Assert.Equal(bench.Time.GetUtcNow(), bench.Status.LastInference);
        Assert.Null(bench.Status.LastCrash);
    }

    [Fact]
    public async Task Worker_that_crashes_is_marked_as_exited_taken_out_of_the_pool_and_replaced()
    {
        await bench.StartAsync();
        var process = await bench.ProcessAsync(0);
        using var lease = await bench.LeaseAsync();

        process.Die(139);

        var death = await lease.Worker.Exited.WaitAsync(TimeSpan.FromSeconds(5), Stop);
        Assert.True(death.InputSuspected);
        Assert.Contains("worker:0 ended", death.Summary, StringComparison.Ordinal);
        await bench.StateAsync(SlotState.BackingOff);
        Assert.Equal(0, bench.Pool.Count);
        Assert.Null(bench.Status.Pid);
        Assert.Equal("signal 11 (SIGSEGV)", bench.Status.LastCrash!.Exit);
        await bench.AdvanceUntilAsync(() => bench.Status.State == SlotState.Ready);
        Assert.Equal((1, 1), (bench.Status.Restarts, bench.Pool.Count));
        Assert.Contains(bench.Log.Entries, entry => entry.Level == LogLevel.Warning && entry.Message.Contains("SIGSEGV", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_dead_worker_computed_stays_counted()
    {
        await bench.StartAsync();
        using (var lease = await bench.LeaseAsync())
        {
            await lease.Worker.EmbedAsync(InMemoryWorker.Batch(), new float[2], TimeSpan.FromSeconds(1), Stop);
        }

        var last = bench.Status.LastInference;
        (await bench.ProcessAsync(0)).Die(137);
        await bench.StateAsync(SlotState.BackingOff);

        Assert.Equal((1L, last), (bench.Status.Served, bench.Status.LastInference));
    }

    [Fact]
    public async Task Worker_that_falls_silent_gets_nothing_until_it_answers()
    {
        await bench.StartAsync();
        var process = await bench.ProcessAsync(0);
        using var lease = await bench.LeaseAsync();
        var worker = lease.Worker;
        var silence = process.Responsive = FakeProcess.Pending();

        await bench.AdvanceUntilAsync(() => bench.Status.State == SlotState.Unhealthy);
        Assert.True(worker.Unresponsive.IsCompleted);
        Assert.Equal(0, bench.Pool.Count);
        Assert.False(worker.Exited.IsCompleted);
        silence.SetResult();

        await bench.StateAsync(SlotState.Ready);
        await bench.UntilAsync(() => bench.Pool.Count == 1);
        Assert.False(worker.Unresponsive.IsCompleted);
        Assert.Equal((0, process.WorkerPid), (bench.Status.Restarts, bench.Status.Pid));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Worker_that_stays_silent_is_killed_and_replaced(bool busy)
    {
        bench.Launcher.Prepare = (number, process) => process.Computes = number > 0;
        await bench.StartAsync();
        var process = await bench.ProcessAsync(0);
        using var lease = await bench.LeaseAsync();
        var embedding = busy ? lease.Worker.EmbedAsync(InMemoryWorker.Batch(), new float[2], TimeSpan.FromMinutes(1), Stop).AsTask() : null;
        process.Responsive = FakeProcess.Pending();

        await bench.AdvanceUntilAsync(() => lease.Worker.Exited.IsCompleted);

        Assert.Equal(busy, (await lease.Worker.Exited).InputSuspected);
        Assert.True(process.WasKilled);
        await bench.AdvanceUntilAsync(() => bench.Status is { State: SlotState.Ready, Restarts: 1 });
        Assert.Contains("did not answer a ping", bench.Status.LastCrash!.Reason, StringComparison.Ordinal);
        Assert.Null(bench.Status.LastCrash.Exit);
        Assert.Equal(BridgeErrorKind.EngineFault, embedding is null ? BridgeErrorKind.EngineFault : (await embedding).Error!.Kind);
    }

    [Fact]
    public async Task Workers_that_keep_dying_early_are_quarantined_then_tried_once()
    {
        bench.Options.QuarantineAfter = 3;
        bench.Launcher.Prepare = (_, process) => process.DiesAtOnce = 1;
        await bench.StartAsync(SlotState.BackingOff);
        await bench.AdvanceUntilAsync(() => bench.Status.State == SlotState.Quarantined);
        Assert.Equal(3, bench.Launcher.Processes.Count);
        Assert.Contains("The process ended with exit code 1", bench.Pool.Outage!.Message, StringComparison.Ordinal);
        Assert.Equal(bench.Options.QuarantineCoolDown, bench.Pool.Outage.RetryAfter);

        var since = bench.Time.GetUtcNow();
        await bench.AdvanceUntilAsync(() => bench.Launcher.Processes.Count == 4, TimeSpan.FromSeconds(1));
        Assert.True(bench.Time.GetUtcNow() - since >= bench.Options.QuarantineCoolDown, "The slot did not rest for the whole cool-down.");
        await bench.AdvanceUntilAsync(() => bench.Status is { State: SlotState.Quarantined, Restarts: 4 });

        bench.Launcher.Prepare = (_, _) => { };
        await bench.AdvanceUntilAsync(() => bench.Status.State == SlotState.Ready, TimeSpan.FromSeconds(1));
        Assert.Null(bench.Pool.Outage);
    }

    [Fact]
    public async Task Restart_that_is_asked_for_ends_the_quarantine()
    {
        bench.Options.QuarantineAfter = 1;
        bench.Launcher.Prepare = (number, process) => process.DiesAtOnce = number == 0 ? 1 : null;
        await bench.StartAsync(SlotState.Quarantined);

        Assert.True(bench.Supervisor.Restart(0));

        await bench.StateAsync(SlotState.Ready);
    }

    [Fact]
    public async Task Restart_that_is_asked_for_in_quarantine_is_one_try()
    {
        bench.Options.QuarantineAfter = 1;
        bench.Launcher.Prepare = (_, process) => process.DiesAtOnce = 1;
        await bench.StartAsync(SlotState.Quarantined);

        bench.Supervisor.Restart(0);
        await bench.UntilAsync(() => bench.Status is { State: SlotState.Quarantined, Restarts: 2 });

        // Another one, so that a slot that goes on by itself has had its turns.
        bench.Supervisor.Restart(0);
        await bench.UntilAsync(() => bench.Status is { State: SlotState.Quarantined, Restarts: 3 });
        Assert.Equal(3, bench.Launcher.Processes.Count);
    }

    [Fact]
    public async Task Misconfiguration_is_told_once_as_an_error_and_tried_slowly()
    {
        bench.Launcher.Prepare = (_, _) => throw new BridgeException(BridgeErrorKind.NoEngine, "The workers' Python could not be started: No such file.");
        await bench.StartAsync(SlotState.BackingOff);

        await bench.AdvanceUntilAsync(() => bench.Status.Restarts == 4, TimeSpan.FromSeconds(10));

        Assert.Single(bench.Log.Entries, entry => entry.Level == LogLevel.Error);
        Assert.Contains("could not be started: No such file.", bench.Pool.Outage!.Message, StringComparison.Ordinal);
        Assert.Null(bench.Status.LastCrash);
    }

    public static TheoryData<Exception> Shortages() =>
    [
        new Win32Exception(11, "Resource temporarily unavailable"),
        new IOException("Too many open files"),
        new InsufficientMemoryException("No memory for another process."),
        new InvalidOperationException("Something else."),
    ];

    [Theory]
    [MemberData(nameof(Shortages), DisableDiscoveryEnumeration = true)]
    public async Task Machine_that_is_short_of_something_is_an_outage_of_the_worker_and_not_the_end_of_supervision(Exception shortage)
    {
        var tries = 0;
        bench.Launcher.Prepare = (_, _) =>
        {
            if (tries++ < 3)
            {
                throw shortage;
            }
        };
        await bench.StartAsync(SlotState.BackingOff);
        Assert.Contains(shortage.Message, bench.Status.LastEnd, StringComparison.Ordinal);
        Assert.Null(bench.Pool.Outage);
        Assert.True(bench.Supervisor.Settled.IsCompletedSuccessfully);

        await bench.AdvanceUntilAsync(() => bench.Status is { State: SlotState.Ready, Restarts: 3 });
    }

    [Fact]
    public async Task Worker_that_floods_its_stderr_is_ended_and_replaced()
    {
        await bench.StartAsync();
        var process = await bench.ProcessAsync(0);

        process.Flood();

        await bench.AdvanceUntilAsync(() => bench.Status is { State: SlotState.Ready, Restarts: 1 });
        Assert.True(process.WasKilled);
        Assert.Contains("floods its stderr", bench.Status.LastCrash!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Supervision_that_fails_costs_a_worker_and_goes_on()
    {
        await bench.StartAsync();
        var process = await bench.ProcessAsync(0);
        bench.Accept = (_, _) => throw new InsufficientMemoryException("No memory for the probe.");

        await bench.AdvanceUntilAsync(() => process.WasDisposed, TimeSpan.FromMilliseconds(500));
        bench.Accept = (_, _) => Task.FromResult<BridgeError?>(null);

        await bench.AdvanceUntilAsync(() => bench.Status.State == SlotState.Ready);
        Assert.Contains("No memory for the probe.", bench.Status.LastCrash!.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(BridgeErrorKind.NoEngine, true)]
    [InlineData(BridgeErrorKind.EngineFault, false)]
    public async Task Worker_whose_first_probe_fails_serves_nobody(BridgeErrorKind kind, bool misconfigured)
    {
        bench.Accept = (_, _) => Task.FromResult<BridgeError?>(new BridgeError(kind, "The vectors differ."));
        bench.Start();

        await bench.AdvanceUntilAsync(() => bench.Status.State == SlotState.BackingOff);

        Assert.Equal((0, misconfigured), (bench.Pool.Count, bench.Pool.Outage is not null));
        Assert.Contains("The vectors differ.", bench.Status.LastEnd, StringComparison.Ordinal);
        Assert.True((await bench.ProcessAsync(0)).WasKilled);
        bench.Accept = (_, _) => Task.FromResult<BridgeError?>(null);
        bench.Supervisor.Restart(0);
        await bench.StateAsync(SlotState.Ready);
    }

    [Fact]
    public async Task Worker_that_floods_its_stderr_while_it_loads_is_killed_at_once()
    {
        bench.Launcher.Prepare = (_, process) => process.Loaded = FakeProcess.Pending();
        await bench.StartAsync(SlotState.Loading);

        (await bench.ProcessAsync(0)).Flood();

        await bench.StateAsync(SlotState.BackingOff);
        Assert.Contains("floods its stderr", bench.Status.LastCrash!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_model_is_a_misconfiguration_with_a_crash_report()
    {
        bench.Launcher.Prepare = (_, process) => process.Weights = "bb";

        await bench.StartAsync(SlotState.BackingOff);

        Assert.Contains("weights bb instead of aa", bench.Status.LastEnd, StringComparison.Ordinal);
        Assert.NotNull(bench.Status.LastCrash);
        Assert.NotNull(bench.Pool.Outage);
    }

    [Fact]
    public async Task Missing_module_is_a_misconfiguration_with_the_remedy()
    {
        bench.Launcher.Prepare = (_, process) => (process.DiesAtOnce, process.LastStderr) = (1, ["ModuleNotFoundError: No module named 'msgpack'"]);

        await bench.StartAsync(SlotState.BackingOff);

        Assert.Contains("has no module 'msgpack'", bench.Status.LastEnd, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(BridgeErrorKind.NoEngine)]
    [InlineData(BridgeErrorKind.EngineFault)]
    public async Task Idle_worker_whose_probe_fails_is_replaced(BridgeErrorKind kind)
    {
        var failing = false;
        bench.Accept = (worker, _) => Task.FromResult(failing ? new BridgeError(kind, "The vectors differ.") : null);
        await bench.StartAsync();
        using var lease = await bench.LeaseAsync();
        failing = true;

        await bench.AdvanceUntilAsync(() => lease.Worker.Exited.IsCompleted, TimeSpan.FromMilliseconds(500));

        Assert.Contains("The vectors differ.", (await lease.Worker.Exited).Summary, StringComparison.Ordinal);
        Assert.False((await lease.Worker.Exited).InputSuspected);
        failing = false;
        await bench.AdvanceUntilAsync(() => bench.Status is { State: SlotState.Ready, Restarts: 1 });
    }

    [Theory]
    [InlineData(BridgeErrorKind.EngineFault, 4, 0)]
    [InlineData(BridgeErrorKind.NoEngine, 2, 1)]
    public async Task Idle_worker_whose_probe_fails_once_is_asked_again_only_where_that_may_help(BridgeErrorKind kind, int probesOfTheFirst, int restarts)
    {
        var asked = new ConcurrentQueue<Worker>();
        bench.Accept = (worker, _) =>
        {
            asked.Enqueue(worker);
            return Task.FromResult(asked.Count == 2 ? new BridgeError(kind, "It did not work.") : null);
        };
        await bench.StartAsync();

        await bench.AdvanceUntilAsync(() => asked.Count == 4 && bench.Status.State == SlotState.Ready, TimeSpan.FromMilliseconds(500));

        Assert.Equal((probesOfTheFirst, restarts), (asked.Count(worker => worker == asked.First()), bench.Status.Restarts));
    }

    [Fact]
    public async Task Worker_that_has_had_work_is_not_probed()
    {
        var probes = 0;
        bench.Accept = (_, _) => Task.FromResult<BridgeError?>(Interlocked.Increment(ref probes) > 1 ? new BridgeError(BridgeErrorKind.EngineFault, "No.") : null);
        await bench.StartAsync();
        using var lease = await bench.LeaseAsync();
        for (var batch = 0; batch < 10; batch++)
        {
            await lease.Worker.EmbedAsync(InMemoryWorker.Batch(), new float[2], TimeSpan.FromSeconds(1), Stop);
            var until = bench.Time.GetUtcNow() + (bench.Options.ProbeInterval / 2);
            await bench.AdvanceUntilAsync(() => bench.Time.GetUtcNow() >= until, TimeSpan.FromSeconds(1));
        }

        Assert.Equal((1, SlotState.Ready), (probes, bench.Status.State));
    }

    [Fact]
    public async Task Probe_counts_as_an_inference_but_not_as_served()
    {
        var meanwhile = new ConcurrentQueue<long>();
        bench.Accept = async (worker, token) =>
        {
            var reply = await worker.EmbedAsync(InMemoryWorker.Batch(), new float[2], TimeSpan.FromSeconds(1), token);
            meanwhile.Enqueue(bench.Status.Served);
            return reply.Error;
        };
        await bench.StartAsync();
        var first = bench.Status.LastInference;

        await bench.AdvanceUntilAsync(() => bench.Status.LastInference > first && meanwhile.Count == 2, TimeSpan.FromMilliseconds(500));

        Assert.NotNull(first);
        Assert.Equal([0, 0, 0], [.. meanwhile, bench.Status.Served]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Host_that_stops_while_a_worker_starts_leaves_nothing(bool beforeHello)
    {
        bench.Launcher.Prepare = (_, process) =>
        {
            process.Hello = beforeHello ? FakeProcess.Pending() : process.Hello;
            process.Loaded = FakeProcess.Pending();
        };
        await bench.StartAsync(beforeHello ? SlotState.Handshaking : SlotState.Loading);

        await bench.StopAsync();

        Assert.Equal(SlotState.Stopped, bench.Status.State);
        Assert.True(bench.Launcher.WasDisposed);
    }

    [Theory]
    [InlineData(true, true, false, false)]
    [InlineData(false, true, true, false)]
    [InlineData(false, false, true, true)]
    public async Task Host_that_stops_asks_then_terminates_then_kills(bool obeysShutdown, bool obeysTerminate, bool terminated, bool killed)
    {
        bench.Launcher.Prepare = (_, process) => (process.ObeysShutdown, process.ObeysTerminate) = (obeysShutdown, obeysTerminate);
        await bench.StartAsync();
        var process = await bench.ProcessAsync(0);

        await bench.StopAsync();

        Assert.Equal((terminated, killed), (process.WasTerminated, process.WasKilled));
        Assert.Equal(SlotState.Stopped, bench.Status.State);
    }

    [Fact]
    public async Task Worker_that_takes_a_moment_to_end_when_it_is_terminated_is_not_killed()
    {
        ITimer? ending = null;
        bench.Launcher.Prepare = (_, process) =>
        {
            process.ObeysShutdown = false;
            process.Terminated = () => ending = bench.Time.CreateTimer(_ => process.Die(143), null, TimeSpan.FromMilliseconds(900), Timeout.InfiniteTimeSpan);
        };
        await bench.StartAsync();
        var process = await bench.ProcessAsync(0);

        await bench.StopAsync();

        Assert.Equal((true, false), (process.WasTerminated, process.WasKilled));
        GC.KeepAlive(ending);
    }

    [Fact]
    public async Task Machine_that_has_no_thread_for_what_a_worker_says_leaves_no_process_behind()
    {
        var tries = 0;
        bench.ReadReplies = reader =>
        {
            if (tries++ == 0)
            {
                throw new InsufficientMemoryException("No memory for another thread.");
            }

            ReplyThreads.Start(reader);
        };
        await bench.StartAsync(SlotState.BackingOff);

        Assert.Contains("No memory for another thread.", bench.Status.LastEnd, StringComparison.Ordinal);
        Assert.True((await bench.ProcessAsync(0)).WasDisposed);
        await bench.AdvanceUntilAsync(() => bench.Status is { State: SlotState.Ready, Restarts: 1 });
    }

    [Fact]
    public async Task Host_that_stops_lets_the_worker_finish()
    {
        await bench.StartAsync();
        var process = await bench.ProcessAsync(0);
        var lease = await bench.LeaseAsync();
        var stop = bench.StopAsync();
        await bench.UntilAsync(() => bench.Status.State == SlotState.Draining);

        var reply = await lease.Worker.EmbedAsync(InMemoryWorker.Batch(), new float[2], TimeSpan.FromSeconds(1), Stop);
        lease.Dispose();

        Assert.Null(reply.Error);
        await stop;
        Assert.False(process.WasTerminated);
    }
}
