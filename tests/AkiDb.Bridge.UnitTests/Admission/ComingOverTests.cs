using AkiDb.Bridge.Admission;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Admission;

/// <summary>One of three hosts behind a balancer, with a model that is fast: what the others cannot answer comes over to it, while it is hurt itself at times.</summary>
/// <remarks>
/// Sixty-four callers ask, wait for what they get and ask again after 100 to 400 ms. What they send together is at most some seconds' work, however suddenly
/// it comes, and nobody has to be refused.
/// </remarks>
public sealed class ComingOverTests
{
    private const int Callers = 64;
    private const int ComesOver = Callers;

    private readonly FakeTimeProvider time = new();

    [Theory]
    [InlineData(5_000)]
    [InlineData(10_000)]
    [InlineData(20_000)]
    [InlineData(50_000)]
    [InlineData(200_000)]
    public void Callers_of_other_hosts_who_come_over_are_not_refused(int tokensPerSecond)
    {
        for (var seed = 0; seed < 40; seed++)
        {
            Rage(new Random(seed), tokensPerSecond, $"Seed {seed}");
        }
    }

    // A minute, in steps of a millisecond.
    private void Rage(Random random, int tokensPerSecond, string seed)
    {
        var host = new HostModel(new AdmissionGate(new AdmissionOptions(), time), tokensPerSecond, random.GetItems([0.3, 1, 1.5], 1)[0] * tokensPerSecond);
        var comeOverWithin = random.GetItems([20, 300, 1_000], 1)[0];
        var next = new PriorityQueue<int, int>(Enumerable.Range(0, Callers).Select(caller => (caller, random.Next(400))));
        var (alone, slowed, stopped) = (0, 0, 0);
        for (var now = 0; now < 60_000; now++)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            if (now % 2_000 == 1_999)
            {
                alone = random.Next(2) == 0 ? now + random.Next(1_000, 4_000) : alone;
                slowed = random.Next(3) == 0 ? now + random.Next(1_000, 4_000) : slowed;
                stopped = random.Next(4) == 0 ? now + random.Next(1_000, 2_000) : stopped;
            }

            // It gets a fifth of the time while it is slowed down.
            if (now < stopped || (now < slowed && now % 100 >= 20))
            {
                continue;
            }

            while (next.TryPeek(out var caller, out var at) && at <= now)
            {
                next.Dequeue();
                if (caller < ComesOver && random.Next(3) > 0)
                {
                    // Another host answers; or the balancer tries one that is gone, and then this one.
                    next.Enqueue(now < alone ? caller + ComesOver : caller, now + (now < alone ? 1_000 + random.Next(comeOverWithin) : random.Next(100, 400)));
                    continue;
                }

                Assert.True(host.TryTake(Enumerable.Range(0, random.Next(1, 9)).Sum(_ => random.Next(4, 40))), $"{seed}, after {now} ms.");
            }

            for (var answers = host.Compute(); answers > 0; answers--)
            {
                next.Enqueue(0, now + random.Next(100, 400));
            }
        }
    }
}
