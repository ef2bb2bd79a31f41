using AkiDb.Bridge.Batching;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.UnitTests.Doubles;
using AkiDb.Bridge.UnitTests.Exploration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Batching;

public sealed class DeadlineWatchdogTests
{
    private static readonly int[] OneToken = [1];

    private readonly RecordingLogger<Batcher> logger = new();

    [Fact]
    public async Task Request_whose_own_timer_never_fires_is_ended_logged_and_counted()
    {
        var time = new DeafTime();
        await using var batcher = BatcherOver(time);
        var ended = Embed(batcher, time);

        time.Advance(TimeSpan.FromMilliseconds(1_049));
        Assert.False(ended.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));

        var error = await ended;
        Assert.Equal(BridgeErrorKind.DeadlineExceeded, error!.Kind);
        Assert.Contains("internal error", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, batcher.Queue.Overdue);
        Assert.Equal(0, batcher.Queue.InteractiveTokens);
        Assert.Contains(logger.Entries, entry => entry.Level == LogLevel.Critical);
    }

    [Fact]
    public async Task Request_that_is_ended_in_time_is_no_internal_error()
    {
        var time = new FakeTimeProvider();
        await using var batcher = BatcherOver(time);
        var ended = Embed(batcher, time);

        for (var tick = 0; tick < 4; tick++)
        {
            Assert.False(ended.IsCompleted);
            time.Advance(TimeSpan.FromMilliseconds(250));
        }

        Assert.True(ended.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.DoesNotContain("internal error", (await ended)!.Message, StringComparison.Ordinal);
        Assert.Equal(0, batcher.Queue.Overdue);
        Assert.Empty(logger.Entries);
    }

    [Fact]
    public async Task Each_of_several_requests_is_ended_at_its_own_deadline_and_50_ms()
    {
        var time = new DeafTime();
        await using var batcher = BatcherOver(time);
        var last = Embed(batcher, time, 3);
        var first = Embed(batcher, time, 1);
        var second = Embed(batcher, time, 2);

        var seen = new List<int>();
        for (var milliseconds = 0; milliseconds < 3_100; milliseconds += 10)
        {
            seen.Add(new[] { first, second, last }.Count(request => request.IsCompleted));
            time.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.Equal([105, 205, 305], [seen.IndexOf(1), seen.IndexOf(2), seen.IndexOf(3)]);
        Assert.Equal(3, batcher.Queue.Overdue);
        Assert.Equal(BridgeErrorKind.DeadlineExceeded, (await last)!.Kind);
    }

    [Fact]
    public async Task Request_that_still_has_time_is_left_alone_when_another_is_ended()
    {
        var time = new DeafTime();
        await using var batcher = BatcherOver(time);
        var first = Embed(batcher, time);
        var second = Embed(batcher, time, 1.04);

        time.Advance(TimeSpan.FromMilliseconds(1_050));
        Assert.True(first.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(39));
        Assert.False(second.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(BridgeErrorKind.DeadlineExceeded, (await second)!.Kind);
    }

    [Theory]
    [InlineData(5_000)]
    [InlineData(1_080)]
    public async Task Request_whose_timer_and_watchdog_are_both_late_is_ended_and_is_no_internal_error(int milliseconds)
    {
        // The clock jumps, as it seems to when a machine has no time for anything.
        var time = new DeafTime();
        await using var batcher = BatcherOver(time);
        var ended = Embed(batcher, time);

        time.Jump(TimeSpan.FromMilliseconds(milliseconds));

        Assert.DoesNotContain("internal error", (await ended)!.Message, StringComparison.Ordinal);
        Assert.Equal(0, batcher.Queue.Overdue);
        Assert.Empty(logger.Entries);
    }

    // No engine ever has a lease to give.
    private Batcher BatcherOver(FakeTimeProvider time) => new(new ScriptedDispatcher(new Schedule(1), time, leases: 0), 1, new BatchingOptions(), time, logger);

    private static Task<BridgeError?> Embed(Batcher batcher, FakeTimeProvider time, double seconds = 1)
    {
        var job = new EmbedJob(
            new TokenBatch(OneToken, OneToken), "", EmbeddingPriority.Interactive, true, time.GetTimestamp() + (long)(seconds * time.TimestampFrequency), (_, _) => { });
        return batcher.EmbedAsync(job, TestContext.Current.CancellationToken).AsTask();
    }

    // A timer fires only if its time was set after it was made.
    private sealed class DeafTime : FakeTimeProvider
    {
        private TimeSpan ahead;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public override long GetTimestamp() => base.GetTimestamp() + (long)(ahead.TotalSeconds * TimestampFrequency);

        /// <summary>Time passes and no timer is told until it has.</summary>
        public void Jump(TimeSpan by)
        {
            ahead = by;
            Advance(by);
        }
    }
}
