using AkiDb.Bridge.Batching;

namespace AkiDb.Bridge.Admission;

/// <summary>What comes and what is answered, in slices of time: in how many in a row too much came. Guarded by its user.</summary>
/// <param name="time">The clock.</param>
/// <param name="excess">How many times the capacity is too much.</param>
/// <param name="burst">How many times the capacity is more than an overload.</param>
/// <param name="eachSlice">Whether in each slice of a row so many times more must have come than was answered, too.</param>
internal sealed class ArrivalSlices(TimeProvider time, double excess, double burst = double.PositiveInfinity, bool eachSlice = false)
{
    private long? since;
    private long arrived;
    private long answeredBefore;
    private double toleranceBefore;
    private long arrivedInRow;
    private long answeredInRow;
    private double toleranceInRow;

    /// <summary>The complete slices in a row, up to the last one, in each of which too much came.</summary>
    public int InARow { get; private set; }

    /// <summary>Those of them that were no burst.</summary>
    public int Between { get; private set; }

    /// <summary>Whether in all slices of the row together so many times more came than was answered, and the tolerance that there was at its beginning.</summary>
    public bool Exceed => arrivedInRow > (excess * answeredInRow) + toleranceInRow;

    /// <summary>Notes an arrival.</summary>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="backlog">What is before it, what has been answered so far, and the capacity.</param>
    /// <param name="tolerance">The tokens that may come without an answer.</param>
    /// <param name="length">How long a slice is.</param>
    /// <returns>The tokens a second that came, and that were answered, in the slice that ended before this arrival; null while it goes on.</returns>
    public (double Arrived, double Answered)? Note(long tokens, in Backlog backlog, double tolerance, TimeSpan length)
    {
        var (answered, capacity) = (backlog.Answered, backlog.TokensPerSecond);
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
        if (came <= capacity * excess || (eachSlice && came <= done * excess))
        {
            (InARow, Between, arrivedInRow, answeredInRow) = (0, 0, 0, 0);
        }
        else
        {
            toleranceInRow = InARow == 0 ? toleranceBefore : toleranceInRow;
            InARow++;
            Between += came <= capacity * burst ? 1 : 0;
            arrivedInRow += arrived;
            answeredInRow += answered - answeredBefore;
        }

        (since, arrived, answeredBefore, toleranceBefore) = (now, tokens, answered, tolerance);
        return (came, done);
    }
}
