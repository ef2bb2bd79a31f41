using AkiDb.Bridge.Dispatch;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Dispatch;

public sealed class SuspectInputsTests
{
    private readonly FakeTimeProvider time = new();
    private readonly SuspectInputs suspects;

    public SuspectInputsTests() => suspects = new SuspectInputs(TimeSpan.FromMinutes(10), time);

    [Fact]
    public void Worst_that_is_known_counts_from_the_last_time()
    {
        suspects.Note(MortalWorkers.Texts(1), Suspicion.Poison);
        time.Advance(TimeSpan.FromMinutes(6));
        suspects.Note(MortalWorkers.Texts(1), Suspicion.Suspected);
        time.Advance(TimeSpan.FromMinutes(6));

        Assert.Equal(Suspicion.Poison, suspects.Of([1, 1]));
        time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(Suspicion.None, suspects.Of([1, 1]));
    }

    [Fact]
    public void Text_that_a_worker_survived_is_innocent()
    {
        suspects.Note(MortalWorkers.Texts(1, 2), Suspicion.Suspected);

        suspects.Clear(MortalWorkers.Texts(2));

        Assert.Equal((Suspicion.Suspected, Suspicion.None), (suspects.Of([1, 1]), suspects.Of([2, 2])));
    }

    [Fact]
    public void Memory_is_bounded_and_the_oldest_go_first()
    {
        for (var text = 0; text < 5_000; text++)
        {
            suspects.Note(MortalWorkers.Texts(text), Suspicion.Poison);
        }

        Assert.Equal((Suspicion.None, Suspicion.Poison), (suspects.Of([0, 0]), suspects.Of([4_999, 4_999])));
    }
}
