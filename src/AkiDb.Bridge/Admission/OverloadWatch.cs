using AkiDb.Bridge.Batching;

namespace AkiDb.Bridge.Admission;

/// <summary>Tells a burst, which is worth waiting for, from an overload, behind which no queue would ever be worked off.</summary>
/// <remarks>
/// 1. A burst is over in a moment.   Many callers at once, each of whom waits for its vectors: they come much faster than anybody could go on coming,
///                                   and after it no more comes than is worked off.
/// 2. An overload goes on.           Twice what can be worked off in each of several slices of a batch's time, or a tenth more for seconds.
/// 3. It ends                        when no more came in half a second than could be, or was, answered.
/// What can be worked off is an estimate, and engines come and go: overload is only what exceeds also what is answered meanwhile. And callers who
/// send when they are answered may all be answered at once, after an outage: what was under way together before may come together again.
/// Whoever is refused counts too: it is what comes that says how things stand, not what is let in.
/// </remarks>
/// <param name="time">The clock.</param>
internal sealed class OverloadWatch(TimeProvider time)
{
    // Ten times the capacity is known after a fifth of a batch's time: what has been let in by then is worked off within two more.
    private const int SlicesPerBatch = 20;
    private const int FastSlices = 4;
    private const double FastExcess = 2;

    // What comes faster than this is a burst, unless it lasts as long as a batch.
    private const double BurstExcess = 16;
    private const int BurstSlices = SlicesPerBatch;

    private const int SlowSlices = 4;
    private const double SlowExcess = 1.1;

    private static readonly TimeSpan LeastSlice = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan MostSlice = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SlowSlice = TimeSpan.FromSeconds(0.5);

    // How many callers there are is remembered for a while.
    private static readonly TimeSpan UnderWayHalfLife = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan UnderWayWindow = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly ArrivalSlices fast = new(time, FastExcess, BurstExcess);
    private readonly ArrivalSlices slow = new(time, SlowExcess, eachSlice: true);
    private bool overloaded;
    private double mostUnderWay;
    private long underWay;
    private long underWaySince;
    private long last;

    /// <summary>Whether more comes than can be worked off.</summary>
    public bool IsOverloaded
    {
        get
        {
            lock (gate)
            {
                return overloaded && time.GetElapsedTime(last) < SlowSlices * SlowSlice;
            }
        }
    }

    /// <summary>Notes the tokens that are under way, after one more request was let in.</summary>
    public void NoteUnderWay(long tokens)
    {
        lock (gate)
        {
            var elapsed = time.GetElapsedTime(underWaySince);
            if (elapsed < UnderWayWindow)
            {
                underWay = Math.Max(underWay, tokens);
                return;
            }

            // What comes now must not excuse itself: only what was under way before this window counts.
            mostUnderWay = Math.Max(underWay, mostUnderWay * Math.Pow(0.5, elapsed / UnderWayHalfLife));
            (underWay, underWaySince) = (tokens, time.GetTimestamp());
        }
    }

    /// <summary>Notes a request, whatever becomes of it.</summary>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="backlog">What is before it.</param>
    /// <returns>Whether more comes than can be worked off.</returns>
    public bool Note(long tokens, in Backlog backlog)
    {
        lock (gate)
        {
            last = time.GetTimestamp();
            fast.Note(tokens, backlog, mostUnderWay, FastSlice(tokens, backlog));
            var slice = slow.Note(tokens, backlog, mostUnderWay, SlowSlice);
            var begins = ((fast.Between >= FastSlices || fast.InARow >= BurstSlices) && fast.Exceed) || (slow.InARow >= SlowSlices && slow.Exceed);
            var ends = slice is { } ended && ended.Arrived < Math.Max(backlog.TokensPerSecond, ended.Answered * SlowExcess);
            overloaded = begins || (overloaded && !ends);
            return overloaded;
        }
    }

    // One request alone must never be more than a slice may hold: chance makes a few large ones come close to each other every other minute.
    private static TimeSpan FastSlice(long tokens, in Backlog backlog)
    {
        var seconds = Math.Max(backlog.BatchTime.TotalSeconds / SlicesPerBatch, FastExcess * tokens / backlog.TokensPerSecond);
        return TimeSpan.FromSeconds(Math.Clamp(seconds, LeastSlice.TotalSeconds, MostSlice.TotalSeconds));
    }
}
