namespace AkiDb.Bridge.Supervision;

/// <summary>How long to wait before the next start: exponential, with full jitter, so that slots that died together do not start together.</summary>
/// <param name="first">The bound after the first early death.</param>
/// <param name="max">The largest bound.</param>
/// <param name="random">A number in [0, 1).</param>
internal sealed class BackOff(TimeSpan first, TimeSpan max, Func<double> random)
{
    private int earlyDeaths;

    /// <summary>The delay before the next start.</summary>
    public TimeSpan Next()
    {
        // Compared as numbers: a TimeSpan would overflow where the bound has long been passed.
        var bound = first.TotalMilliseconds * Math.Pow(2, Math.Min(earlyDeaths++, 30));
        return (bound < max.TotalMilliseconds ? TimeSpan.FromMilliseconds(bound) : max) * random();
    }

    /// <summary>The delay after a death that says nothing about the next worker: as short as the first one, and not counted.</summary>
    public TimeSpan Least() => first * random();

    /// <summary>The worker served long enough: its death counts as the first one.</summary>
    public void Reset() => earlyDeaths = 0;
}
