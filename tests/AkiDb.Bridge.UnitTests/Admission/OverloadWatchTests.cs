using AkiDb.Bridge.Admission;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Admission;

/// <summary>Engines that work off 200 texts of 16 tokens a second, in batches of 32 that take 300 ms each, two at a time.</summary>
public sealed class OverloadWatchTests
{
    private const int Tokens = 16;
    private const double Capacity = 200;
    private static readonly TimeSpan BatchTime = TimeSpan.FromMilliseconds(300);

    private readonly FakeTimeProvider time = new();
    private readonly OverloadWatch watch;

    public OverloadWatchTests() => watch = new OverloadWatch(time);

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    public void Callers_who_come_at_once_and_then_wait_for_their_vectors_are_no_overload(int milliseconds)
    {
        Come(512, TimeSpan.FromMilliseconds(milliseconds), Assert.False);
        for (var batch = 0; batch < 100; batch++)
        {
            // Each of a batch's callers sends its next text when it has its vector.
            time.Advance(TimeSpan.FromSeconds(32 / Capacity));
            Assert.False(Come(32, TimeSpan.Zero));
        }
    }

    [Fact]
    public void Ten_times_the_capacity_is_known_before_two_batches_times_have_been_let_in()
    {
        var before = 0;
        while (!Come(1, TimeSpan.FromSeconds(0.1 / Capacity)))
        {
            before++;
            Assert.InRange(before, 0, 4 * 32);
        }
    }

    [Fact]
    public void Flood_is_known_before_a_batchs_time_is_over()
    {
        var over = time.GetUtcNow() + BatchTime + (BatchTime / 20);
        while (!Come(1, TimeSpan.FromSeconds(0.01 / Capacity)))
        {
            Assert.True(time.GetUtcNow() < over);
        }
    }

    [Fact]
    public void Little_more_than_the_capacity_is_known_after_seconds()
    {
        Assert.False(Poisson(1.3, TimeSpan.FromSeconds(0.5)));
        Assert.True(Poisson(1.3, TimeSpan.FromSeconds(4)));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void What_can_be_worked_off_is_no_overload(double share) => Poisson(share, TimeSpan.FromMinutes(2), Assert.False);

    [Fact]
    public void Overload_lasts_as_long_as_more_comes_and_a_second_longer()
    {
        Assert.True(Poisson(10, TimeSpan.FromSeconds(1)));
        Assert.True(Poisson(1.5, TimeSpan.FromSeconds(10)));
        Assert.False(Poisson(0.5, TimeSpan.FromSeconds(1.1)));
        Assert.False(watch.IsOverloaded);
    }

    [Fact]
    public void Silence_ends_it()
    {
        Assert.True(Poisson(10, TimeSpan.FromSeconds(1)));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(Come(1, TimeSpan.Zero));
    }

    // One after the other within so long; the verdict after the last one.
    private bool Come(int texts, TimeSpan within, Action<bool>? check = null)
    {
        var verdict = false;
        for (var text = 0; text < texts; text++)
        {
            time.Advance(within / texts);
            verdict = watch.Note(Tokens, BatchTime, Capacity * Tokens);
            check?.Invoke(verdict);
        }

        return verdict;
    }

    // The verdict after the last one.
    private bool Poisson(double share, TimeSpan length, Action<bool>? check = null)
    {
        var random = new Random(7);
        var verdict = false;
        for (var end = time.GetUtcNow() + length; time.GetUtcNow() < end;)
        {
            time.Advance(TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) / (share * Capacity)));
            verdict = watch.Note(Tokens, BatchTime, Capacity * Tokens);
            check?.Invoke(verdict);
        }

        return verdict;
    }
}
