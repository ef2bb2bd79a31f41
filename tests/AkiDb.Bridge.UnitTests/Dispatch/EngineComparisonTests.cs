using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.UnitTests.Doubles;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.UnitTests.Dispatch;

/// <summary>What is said at the start of the engine that does not come first.</summary>
public sealed class EngineComparisonTests : IAsyncDisposable
{
    private readonly DispatchBench bench = new();
    private readonly RecordingLogger<EngineComparison> log = new();
    private Func<bool> isQuiet = () => true;

    private static TimeSpan Pause => EngineComparison.Pause;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    [Theory]
    [InlineData(29, 30, 10, 30, "in-process answers short texts 2.9 times faster here: Dispatch:Prefer=fastest")]
    [InlineData(10, 60, 10, 40, "in-process answers batches 1.5 times faster here: Dispatch:Prefer=fastest")]
    [InlineData(29, 60, 10, 40, "in-process answers short texts 2.9 times and batches 1.5 times faster here: Dispatch:Prefer=fastest")]
    [InlineData(13, 13, 10, 10, null)]
    [InlineData(1, 1, 10, 10, null)]
    public async Task Other_engine_is_named_where_the_workers_are_clearly_slower(int workerText, int workerBatch, int inProcessText, int inProcessBatch, string? said)
    {
        AddWorker(workerText, workerBatch);
        await bench.WithInProcessAsync(InProcess(inProcessText, inProcessBatch));

        await MeasuredAsync();

        Assert.Equal(said is null ? [] : [said], log.Entries.Select(entry => entry.Message));
    }

    [Fact]
    public async Task Workers_are_named_where_the_in_process_engine_comes_first_and_is_slower()
    {
        bench.Options.Prefer = EnginePreference.InProcess;
        AddWorker(10, 10);
        await bench.WithInProcessAsync(InProcess(20, 10));

        await MeasuredAsync();

        Assert.Equal("a worker answers short texts 2.0 times faster here: Dispatch:Prefer=fastest", Assert.Single(log.Entries).Message);
    }

    [Fact]
    public async Task Single_slow_answer_changes_nothing()
    {
        var answers = 0;
        bench.Add(peer => peer.Serving(frame => Rows(frame, answers++ == 0 ? 900 : 10)));
        await bench.WithInProcessAsync(InProcess(10, 10));

        await MeasuredAsync();

        Assert.Empty(log.Entries);
    }

    [Fact]
    public async Task Nothing_is_measured_while_requests_are_answered_and_then_it_is()
    {
        var (looks, quiet) = (0, false);
        isQuiet = () =>
        {
            Interlocked.Increment(ref looks);
            return Volatile.Read(ref quiet);
        };
        var (_, worker) = AddWorker(0, 0);
        var engine = InProcess(0, 0);
        await bench.WithInProcessAsync(engine);
        var running = Comparison().RunAsync(Stop);

        await AdvanceUntilAsync(Soon.UntilAsync(() => Volatile.Read(ref looks) >= 3));
        Assert.Equal((0, 0), (worker.Computed, engine.Calls));

        Volatile.Write(ref quiet, true);
        await AdvanceUntilAsync(running);
        Assert.Equal((8, 8), (worker.Computed, engine.Calls));
    }

    [Fact]
    public async Task Request_that_comes_ends_the_measurement()
    {
        // It is there when the second round begins, and stays.
        var looks = 0;
        isQuiet = () => Interlocked.Increment(ref looks) < 3;
        var (_, worker) = AddWorker(0, 0);
        var engine = InProcess(0, 0);
        await bench.WithInProcessAsync(engine);
        using var host = new CancellationTokenSource();
        var running = Comparison().RunAsync(host.Token);

        await AdvanceUntilAsync(Soon.UntilAsync(() => Volatile.Read(ref looks) >= 5));

        Assert.Equal((1, 1), (worker.Computed, engine.Calls));
        await EndAsync(host, running);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Engine_that_is_alone_is_not_measured(bool isWorker)
    {
        var looks = 0;
        isQuiet = () => ++looks > 0;
        var engine = InProcess(10, 10);
        var worker = isWorker ? AddWorker(30, 30).Worker : null;
        await bench.WithInProcessAsync(engine);
        if (isWorker)
        {
            bench.InProcess!.Expel("It is out.");
        }

        using var host = new CancellationTokenSource();
        var running = Comparison().RunAsync(host.Token);

        bench.Time.Advance(Pause);

        await EndAsync(host, running);
        Assert.Equal((0, 0, 0), (looks, worker?.Computed ?? 0, engine.Calls));
    }

    [Fact]
    public async Task Worker_that_has_just_come_is_left_alone()
    {
        await bench.WithInProcessAsync(InProcess(0, 0));
        var running = Comparison().RunAsync(Stop);
        bench.Time.Advance(10 * Pause);

        var (_, worker) = AddWorker(0, 0);
        bench.Time.Advance(Pause - TimeSpan.FromSeconds(1));
        Assert.Equal(0, worker.Computed);

        await AdvanceUntilAsync(running);
        Assert.Equal(8, worker.Computed);
    }

    [Fact]
    public async Task Worker_that_is_busy_gets_nothing_more()
    {
        var (_, worker) = AddWorker(0, 0);
        await bench.WithInProcessAsync(InProcess(0, 0));
        var running = Comparison().RunAsync(Stop);
        var leases = new[] { bench.Pool.TryLease()!, bench.Pool.TryLease()! };

        bench.Time.Advance(Pause);
        Assert.Equal(0, worker.Computed);
        Array.ForEach(leases, lease => lease.Dispose());

        await AdvanceUntilAsync(running);
        Assert.Equal(8, worker.Computed);
    }

    [Fact]
    public async Task Worker_that_does_not_answer_is_not_waited_for_without_end_and_gives_its_lease_back()
    {
        var (peer, _) = bench.Add();
        await bench.WithInProcessAsync(InProcess(10, 10));
        using var host = new CancellationTokenSource();
        var running = Comparison().RunAsync(host.Token);
        bench.Time.Advance(Pause);
        await peer.ReceiveAsync();
        using var other = bench.Pool.TryLease();
        Assert.Null(bench.Pool.TryLease());

        bench.Time.Advance(bench.Options.AttemptTimeout);

        using var lease = await bench.Pool.LeaseAsync(waitForComing: false, Stop);
        Assert.NotNull(lease);
        await EndAsync(host, running);
    }

    [Fact]
    public async Task Comparison_ends_with_the_host_before_and_while_it_measures()
    {
        using var host = new CancellationTokenSource();
        AddWorker(30, 30);
        var engine = FakeEngine.Hanging();
        await bench.WithInProcessAsync(engine);
        var measuring = Comparison().RunAsync(host.Token);
        bench.Time.Advance(Pause);
        await Soon.UntilAsync(() => engine.Calls > 0);
        var waiting = Comparison().RunAsync(host.Token);

        await EndAsync(host, measuring);
        await EndAsync(host, waiting);
    }

    private (InMemoryWorker Peer, Worker Worker) AddWorker(int text, int batch) =>
        bench.Add(peer => peer.Serving(frame => Rows(frame, frame.Lengths.Length == 1 ? text : batch)));

    private byte[] Rows(HostFrame frame, int milliseconds)
    {
        bench.Time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        return WorkerFrames.Rows(frame.Id, frame.Lengths.Length, 2, new float[frame.Lengths.Length * 2]);
    }

    private FakeEngine InProcess(int text, int batch) => new((texts, _, _) =>
    {
        bench.Time.Advance(TimeSpan.FromMilliseconds(texts.Texts == 1 ? text : batch));
        return new(new EngineReply(null, TimeSpan.Zero));
    });

    private EngineComparison Comparison() => new(bench.Pool, bench.InProcess!, InMemoryWorker.Batch(3), 2, () => isQuiet(), bench.Options, bench.Time, log);

    // Nobody but the engines moves the clock while they compute.
    private async Task MeasuredAsync()
    {
        var running = Comparison().RunAsync(Stop);
        bench.Time.Advance(Pause);
        await running;
    }

    // The clock may run while an engine computes: that must not be the end of its time.
    private async Task AdvanceUntilAsync(Task task)
    {
        bench.Options.AttemptTimeout = TimeSpan.FromDays(10);
        await Soon.AdvanceUntilAsync(bench.Time, Pause, EndedAsync());

        async Task<bool> EndedAsync()
        {
            await task;
            return true;
        }
    }

    private async Task EndAsync(CancellationTokenSource host, Task running)
    {
        await host.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Empty(log.Entries);
    }
}
