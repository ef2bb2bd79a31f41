using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Dispatch;

public sealed class DispatcherDeadlineTests : IAsyncDisposable
{
    private readonly DispatchBench bench = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public async Task Time_that_is_over_already_is_an_error_at_once(int milliseconds)
    {
        var (peer, _) = bench.Add(peer => peer.Answering(1));

        var reply = await bench.DispatchAsync(remaining: TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal(BridgeErrorKind.DeadlineExceeded, reply.Error!.Kind);
        Assert.Equal(0, peer.Connection.InFlight);
    }

    [Fact]
    public async Task Lease_that_comes_with_a_batch_whose_time_is_over_is_given_back()
    {
        bench.Add();
        var requirements = new EngineRequirements(InProcessAllowed: true, AvoidWorkers: false);
        var lease = await bench.Dispatcher.LeaseAsync(requirements, Stop);

        await bench.Dispatcher.DispatchAsync(InMemoryWorker.Batch(), bench.Rows, requirements, lease, TimeSpan.Zero, _ => { }, Stop);

        Assert.True(lease!.IsReturned);
        using var first = bench.Pool.TryLease();
        using var second = bench.Pool.TryLease();
        Assert.NotNull(second);
    }

    [Fact]
    public async Task Lease_that_comes_with_a_batch_is_the_one_that_it_is_computed_with()
    {
        bench.Add(peer => peer.Answering(1));
        var requirements = new EngineRequirements(InProcessAllowed: true, AvoidWorkers: false);
        var lease = await bench.Dispatcher.LeaseAsync(requirements, Stop);
        using var last = bench.Pool.TryLease();
        var parts = new List<BatchPart>();

        // Nobody has a permit to give.
        await bench.Dispatcher.DispatchAsync(InMemoryWorker.Batch(), bench.Rows, requirements, lease, TimeSpan.FromSeconds(1), parts.Add, Stop).AsTask().WaitAsync(TimeSpan.FromMinutes(1), Stop);

        Assert.Null(Assert.Single(parts).Reply.Error);
        Assert.True(lease!.IsReturned);
    }

    [Fact]
    public async Task Every_try_and_every_half_has_what_is_left_of_the_requests_own_time()
    {
        var engine = new FakeEngine((batch, rows, _) =>
        {
            bench.Time.Advance(TimeSpan.FromSeconds(batch.Texts == 2 ? 6 : 3));
            rows.Span.Fill(1);
            return new(new EngineReply(batch.Texts == 2 ? new BridgeError(BridgeErrorKind.OutOfMemory, "It is too large.") : null, TimeSpan.Zero));
        });
        await bench.WithInProcessAsync(engine, workers: false);
        var requirements = new EngineRequirements(InProcessAllowed: true, AvoidWorkers: false);

        await bench.Dispatcher.DispatchAsync(InMemoryWorker.Batch(2), new float[4], requirements, null, TimeSpan.FromSeconds(20), _ => { }, Stop);

        Assert.Equal([20, 14, 11], engine.Timeouts.Select(timeout => timeout.TotalSeconds));
    }

    [Fact]
    public async Task Second_try_has_what_the_first_one_has_left()
    {
        FakeEngine? engine = null;
        engine = new FakeEngine((_, rows, _) =>
        {
            bench.Time.Advance(TimeSpan.FromSeconds(4));
            rows.Span.Fill(1);
            return new(new EngineReply(engine!.Calls == 1 ? new BridgeError(BridgeErrorKind.EngineFault, "It failed.") : null, TimeSpan.Zero));
        });
        await bench.WithInProcessAsync(engine, workers: false);

        var reply = await bench.ReplyAsync(bench.DispatchAsync(remaining: TimeSpan.FromSeconds(10)));

        Assert.Equal((null, true), (reply.Error, reply.Retried));
        Assert.InRange(engine.Timeouts[1].TotalSeconds, 4, 6);
    }

    [Fact]
    public async Task Long_text_has_longer_on_a_worker_than_a_short_one()
    {
        await bench.WithInProcessAsync(FakeEngine.Answering(9, 9));
        bench.Add();
        var parts = new List<BatchPart>();
        var requirements = new EngineRequirements(InProcessAllowed: true, AvoidWorkers: false);

        await bench.ReplyAsync(DispatchAsync(), stepMilliseconds: 1_000);

        Assert.Equal("in-process", Assert.Single(parts).Reply.Engine);
        Assert.Contains(bench.Log.Entries, entry => entry.Message.Contains("within 00:00:50", StringComparison.Ordinal));

        async Task<DispatchReply> DispatchAsync()
        {
            await bench.Dispatcher.DispatchAsync(InMemoryWorker.OneText(1_000), bench.Rows, requirements, null, TimeSpan.FromMinutes(5), parts.Add, Stop);
            return parts[0].Reply;
        }
    }

    [Fact]
    public async Task Hanging_worker_ends_with_the_requests_own_time()
    {
        bench.Add();

        var reply = await bench.ReplyAsync(bench.DispatchAsync(remaining: TimeSpan.FromSeconds(2)), stepMilliseconds: 200);

        Assert.Equal(BridgeErrorKind.DeadlineExceeded, reply.Error!.Kind);
    }

    [Fact]
    public async Task Waiting_for_a_seat_ends_with_the_requests_own_time()
    {
        var (peer, _) = bench.Add();
        var busy = Enumerable.Range(0, 2).Select(_ => bench.DispatchAsync()).ToArray();
        await Soon.UntilAsync(() => peer.Connection.InFlight == 2);

        var reply = await bench.ReplyAsync(bench.DispatchAsync(remaining: TimeSpan.FromSeconds(1)), stepMilliseconds: 100);

        Assert.Equal(BridgeErrorKind.DeadlineExceeded, reply.Error!.Kind);
        Assert.All(busy, call => Assert.False(call.IsCompleted));
        peer.Die();
    }

    [Fact]
    public async Task No_engine_within_the_time_says_so()
    {
        var reply = await bench.ReplyAsync(bench.DispatchAsync(remaining: TimeSpan.FromSeconds(1)), stepMilliseconds: 100);

        Assert.Equal(BridgeErrorKind.NoEngine, reply.Error!.Kind);
        Assert.NotNull(reply.Error.RetryAfter);
    }

    [Fact]
    public async Task Caller_that_leaves_is_told_by_its_own_token()
    {
        var (peer, _) = bench.Add();
        using var caller = new CancellationTokenSource();
        var dispatch = bench.DispatchAsync(caller: caller.Token);
        await peer.ReceiveAsync();

        await caller.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dispatch);
        Assert.Equal(caller.Token, error.CancellationToken);
        Assert.Equal("cancel", (await peer.ReceiveAsync()).Type);
    }

    [Fact]
    public async Task Caller_that_leaves_while_it_waits_for_a_worker_is_told_by_its_own_token()
    {
        using var caller = new CancellationTokenSource();
        var dispatch = bench.DispatchAsync(caller: caller.Token);

        await caller.CancelAsync();

        Assert.Equal(caller.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dispatch)).CancellationToken);
    }
}
