namespace AkiDb.Bridge.Admission;

/// <summary>What comes, in slices of time: in how many in a row more came than a limit. Guarded by its user.</summary>
/// <param name="time">The clock.</param>
internal sealed class ArrivalSlices(TimeProvider time)
{
    private long? since;
    private long arrived;

    /// <summary>The complete slices in a row, up to the last one, in each of which more came than the limit.</summary>
    public int InARow { get; private set; }

    /// <summary>Those of them in which no more came than the upper limit.</summary>
    public int Between { get; private set; }

    /// <summary>Notes an arrival.</summary>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="length">How long a slice is.</param>
    /// <param name="limit">Tokens a second.</param>
    /// <param name="upper">Tokens a second, more than the limit.</param>
    /// <returns>The tokens a second of the slice that ended before this arrival; null while it goes on.</returns>
    public double? Note(long tokens, TimeSpan length, double limit, double upper = double.MaxValue)
    {
        var now = time.GetTimestamp();
        var elapsed = time.GetElapsedTime(since ??= now, now);
        if (elapsed < length)
        {
            arrived += tokens;
            return null;
        }

        // Nothing came after the slice's end: what came in it counts over all the time since it began.
        var rate = arrived / elapsed.TotalSeconds;
        (InARow, Between) = rate <= limit ? (0, 0) : (InARow + 1, Between + (rate <= upper ? 1 : 0));
        (since, arrived) = (now, tokens);
        return rate;
    }
}
