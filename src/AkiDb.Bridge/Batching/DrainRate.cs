namespace AkiDb.Bridge.Batching;

/// <summary>How fast the engines work off what waits: measured while something does, and never less than what the best of the last full batches shows. Guarded by <see cref="BatcherState"/>.</summary>
/// <remarks>
/// A few short texts say nothing about how fast a backlog shrinks: that comes in full batches. An outage makes the first figure small, and who is
/// refused because of it leaves nothing waiting that could show the recovery; the second one remembers better days.
/// </remarks>
internal sealed class DrainRate(TimeProvider time)
{
    // The past fades: after this much busy time it counts half.
    private const double HalfLifeSeconds = 5;

    // What the best batch has shown loses a hundredth with every full one that comes after it.
    private const double BestFade = 0.99;

    // What a full batch adds to the mean of their times.
    private const double BatchTimeShare = 0.2;

    private long since;
    private bool backlogged;
    private double tokens;
    private double seconds;
    private double best;

    /// <summary>Tokens per second, more than 0; null until a full batch has come back.</summary>
    public double? TokensPerSecond => best > 0 ? Math.Max(best, seconds > 0.05 ? tokens / seconds : 0) : null;

    /// <summary>How long full batches take from when they are cut; zero until one has come back.</summary>
    public TimeSpan BatchTime { get; private set; }

    /// <summary>A batch has come back.</summary>
    /// <param name="done">The tokens that it has brought; 0 when it failed.</param>
    /// <param name="took">Since it was cut.</param>
    /// <param name="full">Whether it was large enough to show how fast its engine is, and was computed at the first try.</param>
    /// <param name="waiting">Whether other texts wait now.</param>
    public void Record(int done, TimeSpan took, bool full, bool waiting)
    {
        var now = time.GetTimestamp();
        if (backlogged)
        {
            var elapsed = time.GetElapsedTime(since, now).TotalSeconds;
            var fade = Math.Pow(0.5, elapsed / HalfLifeSeconds);
            tokens = (tokens * fade) + done;
            seconds = (seconds * fade) + elapsed;
        }

        if (full && done > 0)
        {
            BatchTime = BatchTime == TimeSpan.Zero ? took : BatchTime + ((took - BatchTime) * BatchTimeShare);
            best = Math.Max(best * BestFade, done / Math.Max(took.TotalSeconds, 1e-6));
        }

        (since, backlogged) = (now, waiting);
    }
}
