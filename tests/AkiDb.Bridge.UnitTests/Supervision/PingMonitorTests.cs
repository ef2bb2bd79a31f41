using System.Collections.Concurrent;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Supervision;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Supervision;

public sealed class PingMonitorTests : IAsyncDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly SupervisionOptions options = new();
    private readonly InMemoryWorker worker = new();
    private readonly TaskCompletionSource exited = new();
    private readonly ConcurrentQueue<PongMessage> pongs = new();
    private readonly ConcurrentQueue<bool> responses = new();
    private int lateRounds;

    public ValueTask DisposeAsync() => worker.DisposeAsync();

    [Fact]
    public async Task Worker_that_answers_is_left_alone_until_its_pipe_closes()
    {
        var watch = WatchAsync();
        for (var ping = 0; ping < 20; ping++)
        {
            await AnswerPingAsync(progressMilliseconds: 20_000);
        }

        Assert.False(watch.IsCompleted);
        Assert.Empty(responses);
        worker.CloseOutput();
        Assert.Contains("closed its end", (await watch).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Worker_that_does_not_answer_a_ping_must_be_replaced()
    {
        var watch = WatchAsync();
        time.Advance(options.PingInterval);
        await worker.ReceiveAsync();
        Assert.False(watch.IsCompleted);

        await TimeOutAsync();

        Assert.Contains("did not answer a ping", (await watch).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Worker_that_has_answered_before_must_be_replaced_too()
    {
        var watch = WatchAsync();
        await AnswerPingAsync(progressMilliseconds: 0);
        await Soon.UntilAsync(() => pongs.Count == 1);
        await Soon.AdvanceUntilAsync(time, options.PingInterval, worker.ReceiveAsync());

        await TimeOutAsync();

        Assert.Contains("did not answer a ping", (await watch).Reason, StringComparison.Ordinal);
        Assert.Single(pongs);
    }

    [Fact]
    public async Task Worker_that_answers_late_is_unhealthy_until_it_does()
    {
        var watch = WatchAsync();
        time.Advance(options.PingInterval);
        var ping = await worker.ReceiveAsync();
        Assert.Empty(responses);

        time.Advance(options.UnhealthyAfter);
        await Soon.UntilAsync(() => responses.Count == 1);
        Assert.Equal([false], responses);
        await worker.SendAsync(WorkerFrames.Pong(ping.Id, rssBytes: 77));

        await Soon.UntilAsync(() => responses.Count == 2);
        Assert.Equal([false, true], responses);
        Assert.Equal(77, Assert.Single(pongs).RssBytes);
        Assert.False(watch.IsCompleted);
    }

    [Fact]
    public async Task What_was_in_flight_when_it_fell_silent_is_remembered()
    {
        var rows = new float[6];
        var embedding = worker.AsWorker().EmbedAsync(InMemoryWorker.Batch(3), rows, TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken).AsTask();
        await worker.ReceiveAsync();
        var watch = WatchAsync();
        time.Advance(options.PingInterval);
        await worker.ReceiveAsync();
        time.Advance(options.UnhealthyAfter);
        await Soon.UntilAsync(() => responses.Count == 1);

        time.Advance(options.PingTimeout - options.UnhealthyAfter);

        var end = await watch;
        Assert.True(end is { Alive: true, Stuck: true });
        Assert.Equal([new BatchSize(3, 6)], end.InFlight!);
        worker.Die();
        await embedding;
    }

    [Fact]
    public async Task Host_that_was_late_asks_again_and_judges_by_that()
    {
        var watch = WatchAsync();
        time.Advance(options.PingInterval);
        await worker.ReceiveAsync();

        time.Advance(TimeSpan.FromMinutes(1));
        var again = await Soon.AdvanceUntilAsync(time, TimeSpan.FromMilliseconds(100), worker.ReceiveAsync());
        Assert.Equal(1, lateRounds);
        Assert.Empty(responses);
        await worker.SendAsync(WorkerFrames.Pong(again.Id));

        await Soon.UntilAsync(() => pongs.Count == 1);
        Assert.False(watch.IsCompleted);
        worker.Die();
        await watch;
    }

    [Fact]
    public async Task Worker_that_stays_silent_while_the_host_is_late_falls_silent_once()
    {
        var watch = WatchAsync();
        time.Advance(options.PingInterval);
        await worker.ReceiveAsync();
        time.Advance(options.UnhealthyAfter);
        await Soon.UntilAsync(() => responses.Count == 1);
        time.Advance(TimeSpan.FromMinutes(1));
        var again = await Soon.AdvanceUntilAsync(time, TimeSpan.FromSeconds(5), worker.ReceiveAsync());

        time.Advance(options.UnhealthyAfter);
        await worker.SendAsync(WorkerFrames.Pong(again.Id));

        await Soon.UntilAsync(() => pongs.Count == 1);
        Assert.Equal([false, true], responses);
        worker.Die();
        await watch;
    }

    [Fact]
    public async Task Host_that_is_late_every_time_does_not_keep_a_worker_that_hangs()
    {
        var watch = WatchAsync();
        time.Advance(options.PingInterval);
        await worker.ReceiveAsync();

        var end = await Soon.AdvanceUntilAsync(time, TimeSpan.FromSeconds(10), watch);

        Assert.Contains("did not answer a ping", end.Reason, StringComparison.Ordinal);
        Assert.Equal(3, lateRounds);
    }

    [Fact]
    public async Task Worker_that_ends_while_a_ping_waits_is_not_waited_for()
    {
        var watch = WatchAsync();
        time.Advance(options.PingInterval);
        await worker.ReceiveAsync();

        exited.SetResult();

        Assert.Contains("is gone", (await Soon.AdvanceUntilAsync(time, TimeSpan.FromMilliseconds(20), watch)).Reason, StringComparison.Ordinal);
        Assert.Empty(responses);
    }

    [Fact]
    public async Task Computation_that_does_not_move_must_be_replaced()
    {
        var watch = WatchAsync();

        await AnswerPingAsync(progressMilliseconds: 20_001);

        var end = await watch;
        Assert.Contains("has not moved", end.Reason, StringComparison.Ordinal);
        Assert.True(end is { Alive: true, Stuck: true });
    }

    [Fact]
    public async Task Pipe_that_breaks_under_a_ping_must_be_replaced()
    {
        var watch = WatchAsync();
        worker.CloseInput();

        time.Advance(options.PingInterval);

        Assert.Contains("pipe broke", (await watch).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Worker_that_is_gone_must_be_replaced_whoever_holds_its_pipe()
    {
        var watch = WatchAsync();

        exited.SetResult();

        Assert.Contains("is gone", (await Soon.AdvanceUntilAsync(time, TimeSpan.FromMilliseconds(100), watch)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_worker_that_is_gone_has_said_last_are_the_reason()
    {
        var watch = WatchAsync();
        exited.SetResult();

        worker.CloseOutput();

        Assert.Contains("closed its end", (await watch).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_that_stops_ends_the_watch()
    {
        using var stopping = new CancellationTokenSource();
        var watch = Monitor.RunAsync(stopping.Token);

        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch);
    }

    private PingMonitor Monitor => new(worker.Connection, exited.Task, options, time)
    {
        OnPong = pongs.Enqueue,
        OnResponsive = responses.Enqueue,
        OnLate = () => Interlocked.Increment(ref lateRounds),
    };

    private Task<Symptom> WatchAsync() => Monitor.RunAsync(TestContext.Current.CancellationToken);

    // Step by step: a clock that leaps says that the host was late.
    private async Task TimeOutAsync()
    {
        time.Advance(options.UnhealthyAfter);
        await Soon.UntilAsync(() => responses.Count == 1);
        time.Advance(options.PingTimeout - options.UnhealthyAfter);
    }

    private async Task AnswerPingAsync(long progressMilliseconds)
    {
        var receiving = worker.ReceiveAsync();
        var ping = await Soon.AdvanceUntilAsync(time, options.PingInterval, receiving);
        await worker.SendAsync(WorkerFrames.Pong(ping.Id, progressMilliseconds));
    }
}
