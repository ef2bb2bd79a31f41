using AkiDb.Bridge.Supervision;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Supervision;

public sealed class CrashLoopTests
{
    private readonly FakeTimeProvider time = new();
    private readonly CrashLoop loop;

    public CrashLoopTests() => loop = new CrashLoop(3, TimeSpan.FromMinutes(5), time);

    [Fact]
    public void So_many_deaths_within_the_window_are_a_loop() => Assert.Equal([false, false, true], Deaths(3, TimeSpan.FromMinutes(1)));

    [Fact]
    public void Deaths_that_are_far_apart_are_none() => Assert.DoesNotContain(true, Deaths(20, TimeSpan.FromMinutes(2.6)));

    [Fact]
    public void After_a_loop_one_more_death_is_enough_however_late()
    {
        Deaths(3, TimeSpan.Zero);
        time.Advance(TimeSpan.FromHours(1));

        Assert.True(loop.Died());
    }

    [Fact]
    public void Good_service_is_a_new_beginning()
    {
        Deaths(3, TimeSpan.Zero);

        loop.Reset();

        Assert.Equal([false, false, true], Deaths(3, TimeSpan.Zero));
    }

    private List<bool> Deaths(int count, TimeSpan apart)
    {
        var loops = new List<bool>();
        for (var death = 0; death < count; death++)
        {
            loops.Add(loop.Died());
            time.Advance(apart);
        }

        return loops;
    }
}
