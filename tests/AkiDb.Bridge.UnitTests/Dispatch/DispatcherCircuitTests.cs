using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Dispatch;

public sealed class DispatcherCircuitTests : IAsyncDisposable
{
    private readonly DispatchBench bench = new();
    private bool healthy;

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    [Fact]
    public async Task Workers_that_keep_failing_are_left_alone_for_a_while_and_then_tried_again()
    {
        await OpenCircuitAsync();
        Assert.True(bench.Dispatcher.CircuitOpen);
        Assert.Equal("in-process", (await bench.DispatchAsync()).Engine);

        healthy = true;
        bench.Time.Advance(bench.Options.BreakDuration);

        Assert.False(bench.Dispatcher.CircuitOpen);
        Assert.Equal("worker:0", (await bench.ReplyAsync(bench.DispatchAsync())).Engine);
        Assert.Equal("worker:0", (await bench.ReplyAsync(bench.DispatchAsync())).Engine);
        Assert.False(bench.Dispatcher.CircuitOpen);
    }

    [Fact]
    public async Task Workers_that_still_fail_after_the_break_are_left_alone_again()
    {
        await OpenCircuitAsync();
        bench.Time.Advance(bench.Options.BreakDuration);

        Assert.Equal("in-process", (await bench.ReplyAsync(bench.DispatchAsync())).Engine);

        await Soon.UntilAsync(() => bench.Dispatcher.CircuitOpen);
    }

    [Fact]
    public async Task Open_circuit_refuses_nothing_that_only_workers_can_answer()
    {
        await OpenCircuitAsync();
        healthy = true;

        Assert.Equal("worker:0", (await bench.DispatchAsync(inProcessAllowed: false)).Engine);
    }

    [Fact]
    public async Task Worker_that_came_back_gets_the_traffic_after_the_failback_time()
    {
        healthy = true;
        await bench.WithInProcessAsync(FakeEngine.Answering(9, 9));
        var (_, first) = bench.Add(Behave);
        Assert.Equal("worker:0", (await bench.DispatchAsync()).Engine);
        bench.Pool.Remove(first);
        Assert.Equal("in-process", (await bench.DispatchAsync()).Engine);

        bench.Add(Behave);

        Assert.Equal("in-process", (await bench.DispatchAsync()).Engine);
        bench.Time.Advance(bench.Options.Failback);
        Assert.Equal("worker:1", (await bench.DispatchAsync()).Engine);
    }

    private async Task OpenCircuitAsync()
    {
        await bench.WithInProcessAsync(FakeEngine.Answering(9, 9));
        bench.Add(Behave);
        for (var call = 0; call < 8; call++)
        {
            Assert.Null((await bench.ReplyAsync(bench.DispatchAsync(), stepMilliseconds: 25)).Error);
        }

        await Soon.UntilAsync(() => bench.Dispatcher.CircuitOpen);
    }

    private InMemoryWorker Behave(InMemoryWorker peer) => peer.Serving(frame =>
        healthy ? WorkerFrames.Rows(frame.Id, 1, 2, [1, 1]) : WorkerFrames.Error(frame.Id, "internal"));
}
