using AkiDb.Bridge.Supervision;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Supervision;

public sealed class WorkerWatchTests : IAsyncDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly SupervisionOptions options = new();
    private readonly InMemoryWorker worker = new();

    public ValueTask DisposeAsync() => worker.DisposeAsync();

    [Fact]
    public async Task Worker_that_answers_is_left_alone_until_its_pipe_closes()
    {
        var watch = WatchAsync();
        for (var ping = 0; ping < 20; ping++)
        {
            await AnswerPingAsync(progressMilliseconds: 19_999);
        }

        Assert.False(watch.IsCompleted);
        worker.CloseOutput();
        Assert.Contains("closed its end", await watch, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Worker_that_does_not_answer_a_ping_must_be_replaced()
    {
        var watch = WatchAsync();
        time.Advance(options.PingInterval);
        await worker.ReceiveAsync();
        Assert.False(watch.IsCompleted);

        time.Advance(options.PingTimeout);

        Assert.Contains("did not answer a ping", await watch, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Computation_that_does_not_move_must_be_replaced()
    {
        var watch = WatchAsync();

        await AnswerPingAsync(progressMilliseconds: 20_001);

        Assert.Contains("has not moved", await watch, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pipe_that_breaks_under_a_ping_must_be_replaced()
    {
        var watch = WatchAsync();
        worker.CloseInput();

        time.Advance(options.PingInterval);

        Assert.Contains("pipe broke", await watch, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_that_stops_ends_the_watch()
    {
        using var stopping = new CancellationTokenSource();
        var watch = WorkerWatch.RunAsync(worker.Connection, options, time, stopping.Token);

        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch);
    }

    private Task<string> WatchAsync() => WorkerWatch.RunAsync(worker.Connection, options, time, TestContext.Current.CancellationToken);

    private async Task AnswerPingAsync(long progressMilliseconds)
    {
        var receiving = worker.ReceiveAsync();
        var ping = await Soon.AdvanceUntilAsync(time, options.PingInterval, receiving);
        await worker.SendAsync(WorkerFrames.Pong(ping.Id, progressMilliseconds));
    }
}
