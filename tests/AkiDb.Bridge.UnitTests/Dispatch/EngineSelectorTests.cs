using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Dispatch;

public sealed class EngineSelectorTests : IAsyncDisposable
{
    private static readonly EngineRequirements Anyone = new(InProcessAllowed: true, AvoidWorkers: false);

    private readonly DispatchBench bench = new();
    private readonly List<EngineLease> taken = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        GiveAllBack();
        await bench.DisposeAsync();
    }

    [Fact]
    public async Task Fastest_takes_the_faster_engine_and_the_other_one_for_what_would_wait()
    {
        var selector = await SelectorAsync(EnginePreference.Fastest);
        selector.Speeds.Record(onWorker: true, 1_000, TimeSpan.FromSeconds(1));
        selector.Speeds.Record(onWorker: false, 2_000, TimeSpan.FromSeconds(1));

        Assert.Equal(["in-process", "in-process", "worker:0", "worker:0"], await TakeAsync(selector, 4));
    }

    [Fact]
    public async Task Fastest_waits_for_whichever_becomes_free_first_and_keeps_no_seat_of_the_other()
    {
        var selector = await SelectorAsync(EnginePreference.Fastest);
        await TakeAsync(selector, 4);
        var waiting = selector.LeaseAsync(Anyone, Stop).AsTask();
        Assert.False(waiting.IsCompleted);

        taken.First(lease => lease.Engine.Name == "worker:0").Dispose();

        var lease = await waiting;
        Assert.Equal(("worker:0", false), (lease!.Engine.Name, lease.IsReturned));
        lease.Dispose();
        GiveAllBack();
        Assert.Equal(4, (await TakeAsync(selector, 4)).Count);
    }

    [Theory]
    [InlineData(EnginePreference.Workers, "worker:0", false)]
    [InlineData(EnginePreference.InProcess, "in-process", false)]
    public async Task Preferred_engine_is_no_fallback(EnginePreference prefer, string engine, bool fallback)
    {
        var selector = await SelectorAsync(prefer);

        using var lease = await selector.LeaseAsync(Anyone, Stop);

        Assert.Equal((engine, fallback), (lease!.Engine.Name, lease.Fallback));
    }

    [Fact]
    public async Task Text_that_must_avoid_workers_goes_to_them_only_when_nobody_else_can_compute_it()
    {
        var selector = await SelectorAsync(EnginePreference.Workers);

        using var inProcess = await selector.LeaseAsync(Anyone with { AvoidWorkers = true }, Stop);
        using var worker = await selector.LeaseAsync(new EngineRequirements(InProcessAllowed: false, AvoidWorkers: true), Stop);

        Assert.Equal(("in-process", "worker:0"), (inProcess!.Engine.Name, worker!.Engine.Name));
        Assert.True(inProcess.Fallback);
    }

    [Fact]
    public async Task Engine_whose_loading_has_not_begun_is_waited_for()
    {
        // A model that is added while the host runs can be asked a moment before its engine is started.
        await using var coming = new InProcessEngine(() => FakeEngine.Answering(9, 9), 512, new RecordingLogger<InProcessEngine>());
        var selector = new EngineSelector(null, coming, bench.Options, () => false, bench.Time, bench.Log);
        var finding = selector.LeaseAsync(Anyone, Stop).AsTask();
        Assert.False(finding.IsCompleted);

        coming.Start();

        using var lease = await finding;
        Assert.Equal("in-process", lease!.Engine.Name);
    }

    [Theory]
    [InlineData(EnginePreference.Workers, "worker:0", "in-process")]
    [InlineData(EnginePreference.InProcess, "in-process", "worker:0")]
    public async Task Engine_that_is_busy_for_long_counts_like_one_that_is_not_there(EnginePreference prefer, string first, string other)
    {
        var selector = await SelectorAsync(prefer);
        var engine = Assert.Single(await TakeAsync(selector, 1)) == first ? taken[0].Engine : null;
        var place = selector.LoadOf(engine!).Begin(11_391);

        Assert.Equal([other, other], await TakeAsync(selector, 2));

        selector.LoadOf(engine!).End(place);
        Assert.Equal([first], await TakeAsync(selector, 1));
    }

    [Fact]
    public async Task Engine_that_is_busy_for_a_moment_is_waited_for()
    {
        var selector = await SelectorAsync(EnginePreference.Workers);
        await TakeAsync(selector, 1);
        selector.LoadOf(taken[0].Engine).Begin(512);

        Assert.Equal(["worker:0"], await TakeAsync(selector, 1));
        var waiting = selector.LeaseAsync(Anyone, Stop).AsTask();
        Assert.False(waiting.IsCompleted);
        taken[0].Dispose();
        using var lease = await waiting;
        Assert.Equal("worker:0", lease!.Engine.Name);
    }

    [Fact]
    public async Task In_process_engine_that_comes_first_and_is_busy_for_a_moment_is_waited_for()
    {
        var selector = await SelectorAsync(EnginePreference.InProcess);
        Assert.Equal(["in-process", "in-process"], await TakeAsync(selector, 2));
        var waiting = selector.LeaseAsync(Anyone, Stop).AsTask();
        Assert.False(waiting.IsCompleted);

        taken[0].Dispose();

        using var lease = await waiting;
        Assert.Equal("in-process", lease!.Engine.Name);
    }

    [Fact]
    public async Task In_process_engine_that_comes_first_and_is_busy_for_long_is_not_waited_for()
    {
        var selector = await SelectorAsync(EnginePreference.InProcess);
        await TakeAsync(selector, 2);
        selector.LoadOf(bench.InProcess!.Current!).Begin(20_000);

        using var lease = await selector.LeaseAsync(Anyone, Stop).AsTask().WaitAsync(TimeSpan.FromMinutes(1), Stop);

        Assert.Equal("worker:0", lease!.Engine.Name);
    }

    [Theory]
    [InlineData(EnginePreference.Workers, true)]
    [InlineData(EnginePreference.Fastest, false)]
    public async Task Batches_wait_at_a_worker_for_each_other_only_where_workers_come_first(EnginePreference prefer, bool inOrder)
    {
        var selector = await SelectorAsync(prefer);

        using var lease = await selector.LeaseAsync(new EngineRequirements(InProcessAllowed: false, AvoidWorkers: false), Stop);

        Assert.Equal(("worker:0", inOrder), (lease!.Engine.Name, lease.ComputesInOrder));
    }

    [Theory]
    [InlineData(0.001, 1)]
    [InlineData(3, 6)]
    [InlineData(60, 10)]
    public async Task Wait_is_long_that_is_longer_than_two_full_batches_take_within_bounds(double secondsOfOne, double expected)
    {
        var selector = await SelectorAsync(EnginePreference.Workers);

        selector.Times(workers: true).Record(bench.Pool.BatchTokens, TimeSpan.FromSeconds(secondsOfOne));

        Assert.Equal(expected, selector.LongWaitForWorkers.TotalSeconds, 0.001);
        Assert.NotSame(selector.Times(workers: true), selector.Times(workers: false));
    }

    [Fact]
    public async Task Long_batch_that_took_nobody_by_surprise_is_not_waited_behind_when_the_other_engine_is_busy_for_longer()
    {
        var selector = await SelectorAsync(EnginePreference.Workers);
        await TakeAsync(selector, 1);
        selector.LoadOf(taken[0].Engine).Begin(2_000);
        selector.LoadOf(bench.InProcess!.Current!).Begin(20_000);

        Assert.Equal(["worker:0"], await TakeAsync(selector, 1));
    }

    [Fact]
    public async Task Workers_that_come_first_and_are_all_busy_for_long_are_not_waited_for()
    {
        var selector = await SelectorAsync(EnginePreference.Workers);
        bench.Pool.WaitAt = selector.WaitFor;
        await TakeAsync(selector, 2);
        selector.LoadOf(taken[0].Engine).Begin(20_000);

        using var lease = await selector.LeaseAsync(Anyone, Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(10), Stop);

        Assert.Equal(("in-process", true), (lease!.Engine.Name, lease.Fallback));
    }

    [Fact]
    public async Task Worker_that_became_busy_for_long_while_it_was_waited_for_counts_like_one_that_is_not_there()
    {
        var selector = await SelectorAsync(EnginePreference.Workers);
        await TakeAsync(selector, 2);
        var waiting = selector.LeaseAsync(Anyone, Stop).AsTask();
        Assert.False(waiting.IsCompleted);
        var place = selector.LoadOf(taken[0].Engine).Begin(20_000);

        taken[0].Dispose();

        using (var lease = await waiting)
        {
            Assert.Equal("in-process", lease!.Engine.Name);
        }

        // The worker's permit was given back.
        selector.LoadOf(taken[0].Engine).End(place);
        Assert.Equal(["worker:0"], await TakeAsync(selector, 1));
    }

    [Fact]
    public async Task Who_waits_for_whichever_engine_is_free_first_does_not_ask_again_and_again()
    {
        await SelectorAsync(EnginePreference.Fastest);
        var asked = 0;
        var selector = new EngineSelector(bench.Pool, bench.InProcess, bench.Options, IsCircuitOpen, bench.Time, bench.Log);
        await TakeAsync(selector, 4);
        var waiting = selector.LeaseAsync(Anyone, Stop).AsTask();

        // Whoever asked again would do so meanwhile.
        for (var turn = 0; turn < 1_000; turn++)
        {
            await Task.Yield();
        }

        taken[0].Dispose();

        using var lease = await waiting;
        Assert.Equal(5, asked);

        bool IsCircuitOpen()
        {
            asked++;
            return false;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_gets_both_engines_at_once_or_leaves_just_then_keeps_no_permit(bool leaves)
    {
        var selector = await SelectorAsync(EnginePreference.Fastest);
        for (var round = 0; round < 200; round++)
        {
            await TakeAsync(selector, 4);
            using var caller = new CancellationTokenSource();
            var waiting = selector.LeaseAsync(Anyone, caller.Token).AsTask();

            GiveAllBack();
            if (leaves)
            {
                await caller.CancelAsync();
            }

            try
            {
                (await waiting)!.Dispose();
            }
            catch (OperationCanceledException) when (leaves)
            {
                // It had left before it got either.
            }
        }

        Assert.Equal(4, (await TakeAsync(selector, 4).WaitAsync(TimeSpan.FromSeconds(10), Stop)).Count);
    }

    [Theory]
    [InlineData(EnginePreference.Workers)]
    [InlineData(EnginePreference.InProcess)]
    [InlineData(EnginePreference.Fastest)]
    public async Task Caller_that_leaves_while_every_engine_is_busy_is_let_go_and_keeps_no_permit(EnginePreference prefer)
    {
        var selector = await SelectorAsync(prefer);
        while (bench.Pool.TryLease() is { } worker)
        {
            taken.Add(new EngineLease(worker.Worker, 1, false, false, worker));
        }

        while (bench.InProcess!.TryLease(fallback: false) is { } inProcess)
        {
            taken.Add(inProcess);
        }

        using var caller = new CancellationTokenSource();
        var waiting = selector.LeaseAsync(Anyone, caller.Token).AsTask();
        Assert.False(waiting.IsCompleted);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(10), Stop));
        GiveAllBack();
        for (var permit = 0; permit < 2; permit++)
        {
            Assert.NotNull(bench.Pool.TryLease());
            Assert.NotNull(bench.InProcess.TryLease(fallback: false));
        }
    }

    [Theory]
    [InlineData(0.001, 1)]
    [InlineData(3, 6)]
    [InlineData(60, 10)]
    public async Task In_process_engine_is_busy_for_long_by_what_its_own_batches_take(double secondsOfOne, double longWait)
    {
        var selector = await SelectorAsync(EnginePreference.InProcess);
        selector.Times(workers: false).Record(bench.InProcess!.BatchTokens, TimeSpan.FromSeconds(secondsOfOne));
        selector.Times(workers: true).Record(bench.Pool.BatchTokens, TimeSpan.FromSeconds(2));
        var load = selector.LoadOf(bench.InProcess.Current!);
        var tokens = bench.InProcess.BatchTokens;
        var batches = (int)(longWait / secondsOfOne);
        for (var batch = 0; batch < batches; batch++)
        {
            load.Begin(tokens);
        }

        Assert.Equal(["in-process"], await TakeAsync(selector, 1));
        load.Begin(tokens);
        Assert.Equal(["worker:0"], await TakeAsync(selector, 1));
    }

    private void GiveAllBack()
    {
        taken.ForEach(lease => lease.Dispose());
        taken.Clear();
    }

    private async Task<EngineSelector> SelectorAsync(EnginePreference prefer)
    {
        await bench.WithInProcessAsync(FakeEngine.Answering(9, 9));
        bench.Add(peer => peer.Answering(1));
        bench.Options.Prefer = prefer;
        return new EngineSelector(bench.Pool, bench.InProcess, bench.Options, () => false, bench.Time, bench.Log);
    }

    private async Task<List<string>> TakeAsync(EngineSelector selector, int seats)
    {
        var names = new List<string>();
        for (var lease = 0; lease < seats; lease++)
        {
            taken.Add((await selector.LeaseAsync(Anyone, Stop))!);
            names.Add(taken[^1].Engine.Name);
        }

        return names;
    }
}
