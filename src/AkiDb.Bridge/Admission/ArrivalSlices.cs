namespace AkiDb.Bridge.Admission;

/// <summary>What comes and what is answered, in slices of time: in how many in a row more came than a limit, and than was answered. Guarded by its user.</summary>
/// <param name="time">The clock.</param>
internal sealed class ArrivalSlices(TimeProvider time)
{
    private long? since;
    private long arrived;
    private long answeredBefore;
    private double toleranceBefore;
    private long arrivedInRow;
    private long answeredInRow;
    private double toleranceInRow;

    /// <summary>The complete slices in a row, up to the last one, in each of which more came than the limit.</summary>
    public int InARow { get; private set; }

    /// <summary>Those of them in which no more came than the upper limit.</summary>
    public int Between { get; private set; }

    /// <summary>Whether in all slices of the row together so many times more came than was answered, and the tolerance that there was at its beginning.</summary>
    public bool Exceed(double times) => arrivedInRow > (times * answeredInRow) + toleranceInRow;

    /// <summary>Notes an arrival.</summary>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="answered">The tokens that have been answered so far, in all.</param>
    /// <param name="tolerance">The tokens that may come without an answer.</param>
    /// <param name="length">How long a slice is.</param>
    /// <param name="limit">Tokens a second.</param>
    /// <param name="upper">Tokens a second, more than the limit.</param>
    /// <param name="times">How many times more must have come than was answered in each slice of a row.</param>
    /// <returns>The tokens a second that came, and that were answered, in the slice that ended before this arrival; null while it goes on.</returns>
    public (double Arrived, double Answered)? Note(long tokens, long answered, double tolerance, TimeSpan length, double limit, double upper = double.MaxValue, double times = 0)
    {
        var now = time.GetTimestamp();
        if (since is null)
        {
            (since, answeredBefore, toleranceBefore) = (now, answered, tolerance);
        }

        var elapsed = time.GetElapsedTime(since.Value, now);
        if (elapsed < length)
        {
            arrived += tokens;
            return null;
        }

        // Nothing came after the slice's end: what came in it counts over all the time since it began.
        var (came, done) = (arrived / elapsed.TotalSeconds, (answered - answeredBefore) / elapsed.TotalSeconds);
        if (came <= limit || came <= times * done)
        {
            (InARow, Between, arrivedInRow, answeredInRow) = (0, 0, 0, 0);
        }
        else
        {
            toleranceInRow = InARow == 0 ? toleranceBefore : toleranceInRow;
            InARow++;
            Between += came <= upper ? 1 : 0;
            arrivedInRow += arrived;
            answeredInRow += answered - answeredBefore;
        }

        (since, arrived, answeredBefore, toleranceBefore) = (now, tokens, answered, tolerance);
        return (came, done);
    }
}
