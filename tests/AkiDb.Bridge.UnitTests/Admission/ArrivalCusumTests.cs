using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Batching;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Admission;

/// <summary>Engines that work off 200 texts of 16 tokens a second, in batches of 32 that take 300 ms each, two at a time.</summary>
public sealed class ArrivalCusumTests
{
    private const int Tokens = 16;
    private const double Capacity = 200;
    private static readonly TimeSpan BatchTime = TimeSpan.FromMilliseconds(300);

    private readonly FakeTimeProvider time = new();
    private readonly ArrivalCusum cusum;
    private double arrived;
    private double answered;

    public ArrivalCusumTests() => cusum = new ArrivalCusum(time);

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    public void Callers_who_come_at_once_and_then_wait_for_their_vectors_are_no_overload(int milliseconds)
    {
        for (var text = 0; text < 512; text++)
        {
            Assert.False(Come(TimeSpan.FromMilliseconds(milliseconds) / 512));
        }

        CallAgain(32, TimeSpan.FromSeconds(32 / Capacity), 100);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(64)]
    public void Callers_who_wait_for_their_vectors_are_no_overload_however_much_faster_the_engines_are_than_is_known(int callers)
    {
        for (var caller = 0; caller < callers; caller++)
        {
            Assert.False(Record(Tokens));
        }

        CallAgain(callers, TimeSpan.FromSeconds(callers / Capacity / 6), 1_000);
    }

    [Fact]
    public void Callers_who_are_all_answered_at_once_after_an_outage_may_come_at_once_again()
    {
        const int Callers = 128;
        cusum.RecordUnderWay(Callers * Tokens);
        time.Advance(TimeSpan.FromSeconds(2));
        cusum.RecordUnderWay(Callers * Tokens);
        for (var outage = 0; outage < 20; outage++)
        {
            time.Advance(TimeSpan.FromSeconds(3));
            answered += Callers * Tokens;
            for (var caller = 0; caller < Callers; caller++)
            {
                time.Advance(TimeSpan.FromMilliseconds(1));
                Assert.False(Record(Tokens));
            }
        }
    }

    [Fact]
    public void Callers_who_wait_for_their_vectors_are_no_overload_though_engines_come_and_go_and_some_send_much()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            CallInTurn(new Random(seed), new ArrivalCusum(time), seed);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_000)]
    public void Ten_times_the_capacity_is_known_before_two_batches_times_have_been_let_in(int ofItLetIn)
    {
        // What comes now does not excuse itself.
        cusum.RecordUnderWay(Tokens);
        cusum.RecordUnderWay(ofItLetIn);
        var before = 0;
        while (!Come(TimeSpan.FromSeconds(0.1 / Capacity)))
        {
            before++;
            Assert.InRange(before, 0, 4 * 32);
        }
    }

    [Fact]
    public void Flood_is_known_before_a_batchs_time_is_over()
    {
        var over = time.GetUtcNow() + BatchTime + (BatchTime / 20);
        while (!Come(TimeSpan.FromSeconds(0.01 / Capacity)))
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
    [InlineData(0.5, 16)]
    [InlineData(0.9, 16)]
    [InlineData(0.9, 250)]
    [InlineData(0.9, 2_000)]
    public void What_can_be_worked_off_is_no_overload(double share, int tokens) => Poisson(share, TimeSpan.FromMinutes(2), Assert.False, tokens);

    [Fact]
    public void Overload_lasts_as_long_as_more_comes_and_ends_soon_after()
    {
        Assert.True(Poisson(10, TimeSpan.FromSeconds(1)));
        Assert.True(Poisson(1.5, TimeSpan.FromSeconds(10)));

        // What was let in before has been worked off.
        answered = arrived;
        Assert.False(Poisson(0.5, TimeSpan.FromSeconds(1.1)));
        Assert.False(cusum.IsOverloaded);
    }

    [Fact]
    public void Quiet_time_before_is_no_credit_for_a_flood()
    {
        Poisson(0.2, TimeSpan.FromMinutes(10), Assert.False);
        for (var let = 0; !Come(TimeSpan.FromSeconds(0.1 / Capacity)); let++)
        {
            Assert.InRange(let, 0, 4 * 32);
        }
    }

    [Fact]
    public void Overload_goes_on_until_half_of_what_showed_it_has_been_worked_off()
    {
        Assert.True(Poisson(10, TimeSpan.FromSeconds(1)));

        Assert.True(Steady(TimeSpan.FromSeconds(3.4)));
        Assert.False(Steady(TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public void Silence_ends_it()
    {
        Assert.True(Poisson(10, TimeSpan.FromSeconds(1)));
        Assert.False(Come(TimeSpan.FromMinutes(1)));
    }

    // A text that comes so long after the one before; meanwhile the engines work off what they can.
    private bool Come(TimeSpan after, int tokens = Tokens)
    {
        time.Advance(after);
        answered = Math.Min(arrived, answered + (Capacity * Tokens * after.TotalSeconds));
        arrived += tokens;
        return Record(tokens);
    }

    // Each of a batch's callers sends its next text when it has its vector.
    private void CallAgain(int callers, TimeSpan batch, int batches)
    {
        for (; batches > 0; batches--)
        {
            time.Advance(batch);
            answered += callers * Tokens;
            for (var caller = 0; caller < callers; caller++)
            {
                Assert.False(Record(Tokens));
            }
        }
    }

    // Sixteen callers for five minutes, of one text or of twelve, short ones and long ones; every two seconds an engine freezes, or comes back.
    private void CallInTurn(Random random, ArrivalCusum cusum, int seed)
    {
        int[] lengths = [.. Enumerable.Repeat(5, 24), .. Enumerable.Repeat(12, 24), .. Enumerable.Repeat(26, 16), .. Enumerable.Repeat(100, 12), .. Enumerable.Repeat(255, 8)];
        int[] sizes = [1, 1, 1, 1, 1, 2, 4, 12];
        var waiting = new Queue<int>(Enumerable.Repeat(1, 16));
        var (underWay, answered, seconds, rate, known, batch) = (16L, 0L, 0d, 9_000, 9_000, 1);
        for (var fault = 30; seconds < 300;)
        {
            if (seconds > fault)
            {
                fault += 2;
                rate = random.GetItems([3_000, 6_000, 9_000, 12_000], 1)[0];
                (known, batch) = (random.Next(2) == 0 ? rate : known, random.Next(1, 4));
                Wait(random.Next(5) == 0 ? random.GetItems([0.3, 1, 5], 1)[0] : 0);
            }

            var tokens = 0;
            var callers = 0;
            for (; waiting.TryPeek(out var next) && (callers == 0 || tokens + next <= 2_048); callers++)
            {
                tokens += waiting.Dequeue();
            }

            Wait((double)tokens / rate);
            (answered, underWay) = (answered + tokens, underWay - tokens);
            for (; callers > 0; callers--)
            {
                Wait(0.0005);
                var sent = Enumerable.Range(0, random.GetItems(sizes, 1)[0]).Sum(_ => random.GetItems(lengths, 1)[0]);
                var verdict = cusum.Record(sent, new Backlog(0, 0, 0, 0, answered, TimeSpan.FromSeconds(2_048d * batch / known), known));

                Assert.False(verdict, $"Seed {seed}, after {seconds} s.");
                waiting.Enqueue(sent);
                cusum.RecordUnderWay(underWay += sent);
            }
        }

        void Wait(double length)
        {
            seconds += length;
            time.Advance(TimeSpan.FromSeconds(length));
        }
    }

    private bool Record(int tokens) => cusum.Record(tokens, new Backlog(0, 0, 0, 0, (long)answered, BatchTime, Capacity * Tokens));

    // Exactly what can be computed comes; the verdict after the last one.
    private bool Steady(TimeSpan length)
    {
        var verdict = false;
        for (var end = time.GetUtcNow() + length; time.GetUtcNow() < end;)
        {
            verdict = Come(TimeSpan.FromSeconds(1 / Capacity));
        }

        return verdict;
    }

    // The verdict after the last one.
    private bool Poisson(double share, TimeSpan length, Action<bool>? check = null, int tokens = Tokens)
    {
        var random = new Random(7);
        var verdict = false;
        for (var end = time.GetUtcNow() + length; time.GetUtcNow() < end;)
        {
            verdict = Come(TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) / (share * Capacity * Tokens / tokens)), tokens);
            check?.Invoke(verdict);
        }

        return verdict;
    }
}
