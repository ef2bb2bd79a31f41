using System.Numerics;

namespace AkiDb.Bridge.Engines;

/// <summary>How long one kind of engine computes batches of different sizes, by what they have really taken.</summary>
internal sealed class BatchTimes
{
    // A new batch counts a fifth: a few slow ones under load are noticed, a single hiccup is not.
    private const double Weight = 0.2;

    // Below it what a batch takes says nothing about its tokens.
    private const int Smallest = 6;

    // From here on it is attention that takes the time: twice as long a text takes four times as long.
    private const int Quadratic = 10;

    // What a slow processor needs, before anything was measured.
    private const double UnmeasuredSecondsPerToken = 0.001;

    private readonly Lock gate = new();

    // By the size's power of two; 0 where nothing was measured.
    private readonly double[] secondsPerToken = new double[32];

    /// <summary>A batch was computed.</summary>
    public void Record(int tokens, TimeSpan took)
    {
        var size = BitOperations.Log2((uint)tokens);
        if (size < Smallest || took <= TimeSpan.Zero)
        {
            return;
        }

        lock (gate)
        {
            var now = took.TotalSeconds / tokens;
            secondsPerToken[size] = secondsPerToken[size] == 0 ? now : secondsPerToken[size] + (Weight * (now - secondsPerToken[size]));
        }
    }

    /// <summary>How long a batch of so many tokens takes: as those of its size did, else by what is known of the next smaller or larger ones.</summary>
    public TimeSpan Expected(int tokens)
    {
        var size = Math.Max(Smallest, BitOperations.Log2((uint)Math.Max(1, tokens)));
        lock (gate)
        {
            var known = Array.FindLastIndex(secondsPerToken, size, seconds => seconds > 0);
            if (known < 0)
            {
                known = Array.FindIndex(secondsPerToken, seconds => seconds > 0);
            }

            var perToken = known < 0 ? UnmeasuredSecondsPerToken : secondsPerToken[known];
            var longer = known < 0 || known >= size ? 0 : Math.Max(0, size - Math.Max(known, Quadratic));
            return TimeSpan.FromSeconds(Math.Min(tokens * perToken * (1 << longer), 86_400));
        }
    }
}
