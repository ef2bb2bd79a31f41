using AkiDb.Bridge.Dispatch;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Dispatch;

public sealed class PoisonTrackerTests
{
    private readonly FakeTimeProvider time = new();
    private readonly PoisonTracker tracker;

    public PoisonTrackerTests() => tracker = new PoisonTracker(TimeSpan.FromMinutes(10), time);

    [Fact]
    public void Input_that_killed_three_times_and_the_last_time_alone_is_poison()
    {
        tracker.RecordDeath(MortalWorkers.Texts(1, 2));
        tracker.RecordDeath(MortalWorkers.Texts(1, 2));
        tracker.RecordDeath(MortalWorkers.Texts(1, 2));
        Assert.Equal(new PoisonRecord(3, IsPoison: false), tracker.RecordOf([1, 1]));

        tracker.RecordDeath(MortalWorkers.Texts(1));

        Assert.Equal(new PoisonRecord(4, IsPoison: true), tracker.RecordOf([1, 1]));
        Assert.Equal(new PoisonRecord(3, IsPoison: false), tracker.RecordOf([2, 2]));
    }

    [Fact]
    public void Input_that_killed_three_times_alone_is_poison()
    {
        tracker.RecordDeath(MortalWorkers.Texts(1));
        tracker.RecordDeath(MortalWorkers.Texts(1));
        Assert.False(tracker.RecordOf([1, 1]).IsPoison);

        tracker.RecordDeath(MortalWorkers.Texts(1));

        Assert.True(tracker.RecordOf([1, 1]).IsPoison);
        tracker.RecordDeath(MortalWorkers.Texts(1, 2));
        Assert.Equal((true, false), (tracker.RecordOf([1, 1]).IsPoison, tracker.RecordOf([2, 2]).IsPoison));
    }

    [Fact]
    public void Input_is_forgotten_a_while_after_the_last_time()
    {
        tracker.RecordDeath(MortalWorkers.Texts(1));
        time.Advance(TimeSpan.FromMinutes(6));
        tracker.RecordDeath(MortalWorkers.Texts(1));
        time.Advance(TimeSpan.FromMinutes(6));

        Assert.Equal(2, tracker.RecordOf([1, 1]).Deaths);
        time.Advance(TimeSpan.FromMinutes(4));
        Assert.False(tracker.RecordOf([1, 1]).IsSuspect);
    }

    [Fact]
    public void Text_that_a_worker_survived_is_cleared()
    {
        tracker.RecordDeath(MortalWorkers.Texts(1, 2));

        tracker.Clear(MortalWorkers.Texts(3, 2));

        Assert.Equal((true, false), (tracker.RecordOf([1, 1]).IsSuspect, tracker.RecordOf([2, 2]).IsSuspect));
    }

    [Fact]
    public void Memory_is_bounded_and_the_oldest_go_first()
    {
        for (var text = 0; text <= 4_096; text++)
        {
            Assert.True(tracker.RecordOf([0, 0]).IsSuspect || text == 0);
            tracker.RecordDeath(MortalWorkers.Texts(text));
        }

        Assert.Equal((false, true), (tracker.RecordOf([0, 0]).IsSuspect, tracker.RecordOf([1, 1]).IsSuspect));
    }
}
