using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Dispatch;

public sealed class DispatcherTests : IAsyncDisposable
{
    private readonly DispatchBench bench = new();

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    [Fact]
    public async Task Worker_that_is_up_answers()
    {
        await bench.WithInProcessAsync(FakeEngine.Answering(9, 9));
        bench.Add(peer => peer.Answering(1));

        var reply = await bench.DispatchAsync();

        Assert.Equal((null, "worker:0", "float32", false, false), (reply.Error, reply.Engine, reply.Precision, reply.Fallback, reply.Retried));
        Assert.Equal([1, 1], bench.Rows);
    }

    [Fact]
    public async Task In_process_engine_answers_before_any_worker_is_up()
    {
        await bench.WithInProcessAsync(FakeEngine.Answering(9, 9));

        var reply = await bench.DispatchAsync();

        Assert.Equal((null, "in-process", "float32", true), (reply.Error, reply.Engine, reply.Precision, reply.Fallback));
    }

    [Fact]
    public async Task In_process_engine_alone_is_no_fallback()
    {
        await bench.WithInProcessAsync(FakeEngine.Answering(9, 9), workers: false);

        Assert.False((await bench.DispatchAsync(inProcessAllowed: false)).Fallback);
    }

    [Fact]
    public async Task Failed_worker_is_followed_by_the_in_process_engine_in_the_same_call()
    {
        await bench.WithInProcessAsync(FakeEngine.Answering(9, 9));
        bench.Add(peer => peer.Serving(frame => WorkerFrames.Error(frame.Id, "internal")));

        var reply = await bench.ReplyAsync(bench.DispatchAsync());

        Assert.Equal(("in-process", true, null), (reply.Engine, reply.Fallback, reply.Error));
        Assert.Equal([9, 9], bench.Rows);
    }

    [Fact]
    public async Task Worker_that_dies_takes_no_request_with_it()
    {
        await bench.WithInProcessAsync(FakeEngine.Answering(9, 9));
        var (peer, _) = bench.Add();
        var dispatch = bench.DispatchAsync();
        await peer.ReceiveAsync();

        peer.Die();

        Assert.Null((await bench.ReplyAsync(dispatch)).Error);
        Assert.Equal([9, 9], bench.Rows);
    }

    [Fact]
    public async Task Worker_that_hangs_is_left_after_the_attempt_timeout()
    {
        await bench.WithInProcessAsync(FakeEngine.Answering(9, 9));
        bench.Add();

        var reply = await bench.ReplyAsync(bench.DispatchAsync(), stepMilliseconds: 1_000);

        Assert.Equal("in-process", reply.Engine);
        Assert.Contains(bench.Log.Entries, entry => entry.Message.Contains("within 00:00:10", StringComparison.Ordinal));
        Assert.Equal(0, bench.Pool.Count - 1);
    }

    [Fact]
    public async Task Call_that_finds_no_free_worker_goes_to_the_in_process_engine_after_the_attempt_timeout()
    {
        await bench.WithInProcessAsync(FakeEngine.Answering(9, 9));
        bench.Add();
        using var first = await bench.Pool.LeaseAsync(waitForComing: false, TestContext.Current.CancellationToken);
        using var second = await bench.Pool.LeaseAsync(waitForComing: false, TestContext.Current.CancellationToken);

        var reply = await bench.ReplyAsync(bench.DispatchAsync(), stepMilliseconds: 1_000);

        Assert.Equal(("in-process", null), (reply.Engine, reply.Error));
        Assert.Contains(bench.Log.Entries, entry => entry.Message.Contains("could take a batch", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public async Task Values_that_are_no_numbers_are_never_delivered(float bad)
    {
        await bench.WithInProcessAsync(FakeEngine.Answering(9, 9));
        bench.Add(peer => peer.Answering(bad));

        var reply = await bench.ReplyAsync(bench.DispatchAsync());

        Assert.Equal("in-process", reply.Engine);
        Assert.Equal([9, 9], bench.Rows);
    }

    [Fact]
    public async Task Engines_that_only_answer_nonsense_end_in_an_error()
    {
        await bench.WithInProcessAsync(FakeEngine.Answering(float.NaN, 1));
        bench.Add(peer => peer.Answering(float.NaN));

        var reply = await bench.ReplyAsync(bench.DispatchAsync(), stepMilliseconds: 500);

        Assert.Equal(BridgeErrorKind.EngineFault, reply.Error!.Kind);
        Assert.Contains("not finite", reply.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_without_fallback_goes_to_workers_only()
    {
        var engine = FakeEngine.Answering(9, 9);
        await bench.WithInProcessAsync(engine);
        var dispatch = bench.DispatchAsync(inProcessAllowed: false);
        Assert.False(dispatch.IsCompleted, "It must wait for the worker that is coming.");

        bench.Add(peer => peer.Answering(1));

        Assert.Equal("worker:0", (await dispatch).Engine);
        Assert.Equal(0, engine.Calls);
    }

    [Fact]
    public async Task Dead_worker_is_followed_by_its_successor()
    {
        var (first, worker) = bench.Add();
        var dispatch = bench.DispatchAsync(inProcessAllowed: false);
        await first.ReceiveAsync();
        first.Die();
        await worker.Connection.Closed;
        bench.Pool.Remove(worker);

        bench.Add(peer => peer.Answering(3));

        Assert.Equal("worker:1", (await bench.ReplyAsync(dispatch)).Engine);
        Assert.Equal([3, 3], bench.Rows);
    }

    [Fact]
    public async Task Worker_that_takes_nothing_more_is_not_asked_again()
    {
        var asked = 0;
        var (leaving, worker) = bench.Add(peer => peer.Serving(frame =>
        {
            asked++;
            return WorkerFrames.Error(frame.Id, "overloaded");
        }));
        var dispatch = bench.DispatchAsync(inProcessAllowed: false);
        await Soon.UntilAsync(() => worker.Connection.IsLeaving);

        bench.Add(peer => peer.Answering(3));

        Assert.Equal("worker:1", (await bench.ReplyAsync(dispatch)).Engine);
        Assert.Equal(1, asked);
        leaving.Die();
    }

    [Fact]
    public async Task Outage_is_told_at_once_with_its_reason()
    {
        await bench.WithInProcessAsync(FakeEngine.Answering(9, 9));
        bench.Pool.ReportOutage(new BridgeError(BridgeErrorKind.NoEngine, "There is no Python.") { RetryAfter = TimeSpan.FromSeconds(30) });

        var reply = await bench.DispatchAsync(inProcessAllowed: false);

        Assert.Equal(BridgeErrorKind.NoEngine, reply.Error!.Kind);
        Assert.Equal("There is no Python. The in-process engine may not stand in: the fallback is off.", reply.Error.Message);
        Assert.Equal(TimeSpan.FromSeconds(30), reply.Error.RetryAfter);
        Assert.Null((await bench.DispatchAsync()).Error);
    }

    [Fact]
    public async Task Both_reasons_are_told_when_neither_engine_can_answer()
    {
        var broken = new InProcessEngine(() => throw new BridgeException(BridgeErrorKind.BadModel, "The weights are cut."), 512, new RecordingLogger<InProcessEngine>());
        broken.Start();
        await broken.Loaded;
        bench.WithInProcess(broken).Pool.ReportOutage(new BridgeError(BridgeErrorKind.NoEngine, "There is no Python."));

        var error = (await bench.DispatchAsync()).Error!;

        Assert.Contains("There is no Python.", error.Message, StringComparison.Ordinal);
        Assert.Contains("The weights are cut.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Engine_that_is_being_loaded_is_waited_for()
    {
        using var gate = new ManualResetEventSlim();
        var loading = new InProcessEngine(() => Load(gate), 512, new RecordingLogger<InProcessEngine>());
        loading.Start();
        var dispatch = bench.WithInProcess(loading).DispatchAsync();
        Assert.False(dispatch.IsCompleted);

        gate.Set();

        Assert.Equal("in-process", (await dispatch).Engine);
    }

    [Fact]
    public async Task Failure_that_will_not_end_differently_is_not_tried_again()
    {
        var engine = FakeEngine.Failing(BridgeErrorKind.BadInput);
        await bench.WithInProcessAsync(engine);

        Assert.Equal(BridgeErrorKind.BadInput, (await bench.DispatchAsync()).Error!.Kind);
        Assert.Equal(1, engine.Calls);
    }

    [Fact]
    public async Task Text_that_waits_for_long_behind_another_moves_on_and_leaves_its_permit_to_others()
    {
        var called = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var computed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await bench.WithInProcessAsync(new FakeEngine(async (_, rows, _) =>
        {
            called.TrySetResult(true);
            await computed.Task;
            rows.Span.Fill(9);
            return new EngineReply(null, TimeSpan.FromMilliseconds(1));
        }));
        var (peer, _) = bench.Add();
        var before = bench.DispatchAsync();
        var behind = bench.DispatchAsync();
        await Soon.UntilAsync(() => peer.Connection.InFlight == 2);

        await Soon.AdvanceUntilAsync(bench.Time, TimeSpan.FromMilliseconds(250), called.Task);

        Assert.Equal(1, peer.Connection.InFlight);
        using (var next = bench.Pool.TryLease())
        {
            Assert.NotNull(next);
        }

        computed.SetResult();
        Assert.Equal(("in-process", true), ((await behind).Engine, (await behind).Fallback));
        Assert.False(before.IsCompleted);
    }

    [Fact]
    public async Task Text_whose_turn_has_come_at_a_worker_stays_there_however_long_it_takes()
    {
        var engine = FakeEngine.Answering(9, 9);
        await bench.WithInProcessAsync(engine);
        var (peer, _) = bench.Add();
        var before = bench.DispatchAsync();
        var behind = bench.DispatchAsync();
        var (first, second) = (await peer.ReceiveAsync(), await peer.ReceiveAsync());
        await peer.SendAsync(WorkerFrames.Rows(first.Id, 1, 2, [1, 1]));
        Assert.Equal("worker:0", (await before).Engine);

        for (var seconds = 0; seconds < 3; seconds++)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await peer.SendAsync(WorkerFrames.Rows(second.Id, 1, 2, [2, 2]));
        Assert.Equal(("worker:0", 0), ((await behind).Engine, engine.Calls));
    }

    private static FakeEngine Load(ManualResetEventSlim gate)
    {
        gate.Wait(TestContext.Current.CancellationToken);
        return FakeEngine.Answering(9, 9);
    }
}
