using AkiDb.Bridge.Batching;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Batching;

public sealed class DrainRateTests
{
    private readonly FakeTimeProvider time = new();
    private readonly DrainRate rate;

    public DrainRateTests() => rate = new DrainRate(time);

    [Fact]
    public void Time_in_which_nothing_waits_does_not_count()
    {
        Note(1_000, waiting: false);
        Note(1_000, waiting: false);

        Assert.Null(rate.TokensPerSecond);
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

    // A batch every 100 ms.
    private void Note(int tokens, bool waiting)
    {
        time.Advance(TimeSpan.FromMilliseconds(100));
        rate.Note(tokens, waiting);
    }
}
