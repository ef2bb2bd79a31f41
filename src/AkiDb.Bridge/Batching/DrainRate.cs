namespace AkiDb.Bridge.Batching;

/// <summary>How fast the engines work off what waits, measured while something does.</summary>
/// <param name="time">The clock.</param>
internal sealed class DrainRate(TimeProvider time)
{
    // The past fades: after this much busy time it counts half.
    private const double HalfLifeSeconds = 5;

    private readonly Lock gate = new();
    private long since;
    private bool backlogged;
    private double tokens;
    private double seconds;

    /// <summary>Tokens per second; null until there has been a backlog.</summary>
    public double? TokensPerSecond
    {
        get
        {
            lock (gate)
            {
                return seconds > 0.05 ? tokens / seconds : null;
            }
        }
    }

    /// <summary>A batch has come back.</summary>
    /// <param name="done">Its tokens.</param>
    /// <param name="waiting">Whether other texts wait now.</param>
    public void Note(int done, bool waiting)
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            if (backlogged)
            {
                var elapsed = time.GetElapsedTime(since, now).TotalSeconds;
                var fade = Math.Pow(0.5, elapsed / HalfLifeSeconds);
                tokens = (tokens * fade) + done;
                seconds = (seconds * fade) + elapsed;
            }

            (since, backlogged) = (now, waiting);
        }
    }
}
