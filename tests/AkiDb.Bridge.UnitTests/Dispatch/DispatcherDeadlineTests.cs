using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Dispatch;

public sealed class DispatcherDeadlineTests : IAsyncDisposable
{
    private readonly DispatchBench bench = new();

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
