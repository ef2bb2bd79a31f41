namespace AkiDb.Bridge.AspNetCore.StatusPage;

/// <summary>What was answered in a few seconds. How long requests took is kept in steps of an eighth: fine enough for a picture. Guarded by its user.</summary>
/// <param name="number">Which slice it is, counted from the beginning of time.</param>
internal sealed class TrafficSlice(long number)
{
    private const double Shortest = 0.0001;
    private const double Step = 1.125;
    private const int Steps = 128;

    private readonly int[] durations = new int[Steps];

    public long Number { get; } = number;

    public int Requests { get; private set; }

    public int Failures { get; private set; }

    public long Tokens { get; set; }

    public void Record(double seconds, bool hasFailed)
    {
        Requests++;
        if (hasFailed)
        {
            Failures++;
            return;
        }

        var step = seconds <= Shortest ? 0 : (int)Math.Ceiling(Math.Log(seconds / Shortest, Step));
        durations[Math.Min(step, Steps - 1)]++;
    }

    /// <summary>How long so many of the answered requests took at most, in seconds; null when none was answered.</summary>
    public double? Quantile(double part)
    {
        var wanted = (int)Math.Ceiling(part * (Requests - Failures));
        var seen = 0;
        for (var step = 0; step < Steps && wanted > 0; step++)
        {
            seen += durations[step];
            if (seen >= wanted)
            {
                return Shortest * Math.Pow(Step, step);
            }
        }

        return null;
    }

    public TrafficSlice Copy()
    {
        var copy = new TrafficSlice(Number) { Requests = Requests, Failures = Failures, Tokens = Tokens };
        durations.CopyTo(copy.durations, 0);
        return copy;
    }
}
