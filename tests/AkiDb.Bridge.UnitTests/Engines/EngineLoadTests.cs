using AkiDb.Bridge.Engines;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Engines;

public sealed class EngineLoadTests
{
    private readonly FakeTimeProvider time = new();
    private readonly BatchTimes times = new();
    private readonly EngineLoad load;

    public EngineLoadTests()
    {
        load = new EngineLoad(time);
        times.Record(500, TimeSpan.FromMilliseconds(500));
    }

    [Fact]
    public void Wait_is_what_is_left_of_the_first_batch_and_all_of_those_behind_it()
    {
        Assert.Equal(TimeSpan.Zero, load.Wait(times));
        load.Begin(400);
        load.Begin(300);
        Assert.Equal(700, load.Wait(times).TotalMilliseconds, 1.0);

        time.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal(600, load.Wait(times).TotalMilliseconds, 1.0);
    }

    [Fact]
    public void Batch_that_takes_longer_than_expected_is_expected_to_take_as_long_again()
    {
        load.Begin(400);
        time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(3, load.Wait(times).TotalSeconds, 0.01);
    }

    [Fact]
    public void Next_batch_begins_when_the_one_before_it_has_ended()
    {
        var first = load.Begin(400);
        var second = load.Begin(400);
        Assert.True(load.IsBehindAnother(second));
        time.Advance(TimeSpan.FromSeconds(10));

        load.End(first);

        Assert.False(load.IsBehindAnother(second));
        Assert.Equal(400, load.Wait(times).TotalMilliseconds, 1.0);
        load.End(second);
        Assert.Equal(TimeSpan.Zero, load.Wait(times));
    }
}
