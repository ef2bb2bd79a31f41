using AkiDb.Bridge.Dispatch;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Dispatch;

public sealed class SuspectInputsTests
{
    private readonly FakeTimeProvider time = new();
    private readonly SuspectInputs suspects;

    public SuspectInputsTests() => suspects = new SuspectInputs(TimeSpan.FromMinutes(10), time);

    [Fact]
    public void Input_that_killed_three_times_and_the_last_time_alone_is_poison()
    {
        suspects.Note(MortalWorkers.Texts(1, 2));
        suspects.Note(MortalWorkers.Texts(1, 2));
        suspects.Note(MortalWorkers.Texts(1, 2));
        Assert.Equal(new Suspicion(3, Proven: false), suspects.Of([1, 1]));

        suspects.Note(MortalWorkers.Texts(1));

        Assert.Equal(new Suspicion(4, Proven: true), suspects.Of([1, 1]));
        Assert.Equal(new Suspicion(3, Proven: false), suspects.Of([2, 2]));
    }

    [Fact]
    public void Input_is_forgotten_a_while_after_the_last_time()
    {
        suspects.Note(MortalWorkers.Texts(1));
        time.Advance(TimeSpan.FromMinutes(6));
        suspects.Note(MortalWorkers.Texts(1));
        time.Advance(TimeSpan.FromMinutes(6));

        Assert.Equal(2, suspects.Of([1, 1]).Deaths);
        time.Advance(TimeSpan.FromMinutes(4));
        Assert.False(suspects.Of([1, 1]).Any);
    }

    [Fact]
    public void Text_that_a_worker_survived_is_innocent()
    {
        suspects.Note(MortalWorkers.Texts(1, 2));

        suspects.Clear(MortalWorkers.Texts(2));

        Assert.Equal((true, false), (suspects.Of([1, 1]).Any, suspects.Of([2, 2]).Any));
    }

    [Fact]
    public void Memory_is_bounded_and_the_oldest_go_first()
    {
        for (var text = 0; text < 5_000; text++)
        {
            suspects.Note(MortalWorkers.Texts(text));
        }

        Assert.Equal((false, true), (suspects.Of([0, 0]).Any, suspects.Of([4_999, 4_999]).Any));
    }
}
