using AkiDb.Bridge.Host.Benchmark;

namespace AkiDb.Bridge.UnitTests.Host.Benchmark;

public sealed class BenchRunTests
{
    private static readonly TimeSpan Stage = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1_500)]
    public async Task Load_rises_until_answers_fall_behind_or_fail(int answers)
    {
        await using var target = new Target(answers);
        var lines = new List<string>();

        var result = await new BenchRun(target, Stage, lines.Add, new SteppingTime()).RunAsync(TestContext.Current.CancellationToken);

        Assert.True(LoadCurve.Bends(result.Load[^1], result.OneTextP99));
        Assert.All(result.Load.SkipLast(1), stage => Assert.False(LoadCurve.Bends(stage, result.OneTextP99)));
        Assert.Equal(result.Load.Count > 1 ? result.Load[^2].Offered : null, result.BendsAt);
        Assert.Equal(answers != int.MaxValue, result.Load[^1].Failed > 0);
        Assert.Equal(result.Load.Count + 3, lines.Count);
    }

    [Fact]
    public async Task Measurement_that_is_interrupted_has_what_was_measured_until_then()
    {
        await using var target = new Target(int.MaxValue);
        using var interrupted = new CancellationTokenSource();
        var lines = new List<string>();

        var result = await new BenchRun(target, Stage, Report, new SteppingTime()).RunAsync(interrupted.Token);

        Assert.False(result.IsComplete);
        Assert.Single(result.Load);
        Assert.Equal("interrupted before it bent", lines[^1]);

        void Report(string line)
        {
            lines.Add(line);
            if (line.Contains("offered/s", StringComparison.Ordinal))
            {
                interrupted.Cancel();
            }
        }
    }

    [Fact]
    public async Task Bridge_that_does_not_answer_is_said_not_to()
    {
        await using var target = new Target(0);

        var error = await Assert.ThrowsAsync<BridgeException>(() => new BenchRun(target, Stage, _ => { }, new SteppingTime()).RunAsync(TestContext.Current.CancellationToken));

        Assert.Contains("does not answer: full", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Answers so many requests at once, and then no more.</summary>
    private sealed class Target(int answers) : IBenchTarget
    {
        private int asked;

        public string Name => "a double";
        public Task<string?> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken) => Task.FromResult(Interlocked.Increment(ref asked) > answers ? "full" : null);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>A clock on which each look takes a millisecond, and every wait is over at once.</summary>
    private sealed class SteppingTime : TimeProvider
    {
        private long now;

        public override long TimestampFrequency => 1_000;

        public override long GetTimestamp() => Interlocked.Increment(ref now);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => TimeProvider.System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
