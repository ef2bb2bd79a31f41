using AkiDb.Bridge.Batching;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Batching;

public sealed class DrainRateTests
{
    private readonly FakeTimeProvider time = new();
    private readonly DrainRate rate;

    public DrainRateTests() => rate = new DrainRate(time);

    [Fact]
    public void Nothing_is_known_before_a_full_batch_has_come_back()
    {
        Note(0, waiting: true);
        Note(0, waiting: true);
        Note(5, waiting: true, full: false);
        Note(5, waiting: false, full: false);

        Assert.Null(rate.TokensPerSecond);
        Assert.Equal(TimeSpan.Zero, rate.BatchTime);
    }

    [Fact]
    public void Few_short_texts_do_not_make_the_engines_slow()
    {
        Note(1_000, waiting: true);
        for (var text = 0; text < 1_000; text++)
        {
            Note(5, waiting: false, full: false);
        }

        Assert.Equal(10_000, rate.TokensPerSecond!.Value, 1.0);
    }

    [Fact]
    public void Outage_is_over_with_the_first_batch_that_comes_back()
    {
        Note(500, waiting: true);
        time.Advance(TimeSpan.FromMinutes(5));
        Note(0, waiting: true);
        Note(500, waiting: false);

        Assert.InRange(rate.TokensPerSecond!.Value, 4_000, 6_000);
    }

    [Fact]
    public void Rate_is_what_came_back_while_others_waited()
    {
        Note(500, waiting: true);
        Note(500, waiting: true);
        Note(500, waiting: false);
        Note(1, waiting: false);

        Assert.Equal(5_000, rate.TokensPerSecond!.Value, 1.0);
    }

    [Fact]
    public void Engines_that_became_slower_are_noticed()
    {
        for (var batch = 0; batch < 100; batch++)
        {
            Note(500, waiting: true);
        }

        for (var batch = 0; batch < 200; batch++)
        {
            Note(50, waiting: true);
        }

        Assert.InRange(rate.TokensPerSecond!.Value, 500, 900);
    }

    [Fact]
    public void Batch_time_is_what_full_batches_have_taken_of_late()
    {
        Assert.Equal(TimeSpan.Zero, rate.BatchTime);
        Note(500, waiting: true);
        rate.Record(1, TimeSpan.FromMilliseconds(1), full: false, waiting: false);
        Assert.Equal(TimeSpan.FromMilliseconds(100), rate.BatchTime);

        for (var batch = 0; batch < 50; batch++)
        {
            rate.Record(500, TimeSpan.FromMilliseconds(200), full: true, waiting: true);
        }

        Assert.InRange(rate.BatchTime.TotalMilliseconds, 199, 200);
    }

    // A batch every 100 ms.
    private void Note(int tokens, bool waiting, bool full = true)
    {
        time.Advance(TimeSpan.FromMilliseconds(100));
        rate.Record(tokens, TimeSpan.FromMilliseconds(100), full, waiting);
    }
}
