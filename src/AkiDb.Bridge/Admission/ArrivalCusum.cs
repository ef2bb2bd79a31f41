using AkiDb.Bridge.Batching;

namespace AkiDb.Bridge.Admission;

/// <summary>Whether more interactive work comes than can be computed: a cumulative sum test. Guarded by its user.</summary>
/// <remarks>
/// E. S. Page, "Continuous Inspection Schemes", Biometrika 41, 1954. Time is divided into slices; the sum grows by what came in a slice, in slices of work,
/// and shrinks by a little more than what could be computed, or was. It stays near zero while that is enough, and grows without bound when it is not.
/// Whoever is refused counts too. Callers who send when they are answered are no overload, for what comes from them beyond what is computed is at most what
/// they have under way together: an overload is only what is beyond that, in tokens. How much that is, is what was under way before, or what many callers
/// would have with one request each. A slice with far more than anybody could go on sending is a burst, and counts for no more than its length.
/// </remarks>
internal sealed class ArrivalCusum(TimeProvider time)
{
    private const double SlicesPerBatch = 20;
    private const double Drift = 1.1;
    private const double Threshold = 18;
    private const double Burst = 16;

    // So many callers with one request each are no overload, however suddenly they come: another host of a fleet has died, or this one has just begun.
    private const double Callers = 64;

    // No slice is enough alone, whatever came in it.
    private const double MostPerSlice = Threshold / 2;

    private static readonly TimeSpan LeastSlice = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan MostSlice = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(2);

    // How much was under way is remembered for a while.
    private static readonly TimeSpan UnderWayHalfLife = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan UnderWayWindow = TimeSpan.FromSeconds(2);

    private double sum;
    private double beyond;
    private bool exceeded;
    private long? since;
    private long arrived;
    private long answeredBefore;
    private long last;
    private double requests;
    private double meanRequest;
    private double mostUnderWay;
    private long underWay;
    private long underWaySince;

    public bool IsOverloaded => exceeded && time.GetElapsedTime(last) < Silence;

    /// <summary>Records the tokens that are under way, after one more request was let in.</summary>
    public void RecordUnderWay(long tokens)
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

    /// <summary>Records a request, whatever becomes of it.</summary>
    /// <returns>Whether more comes than can be computed.</returns>
    public bool Record(long tokens, in Backlog backlog)
    {
        last = time.GetTimestamp();
        requests = Math.Min(requests + 1, Callers);
        meanRequest += (tokens - meanRequest) / requests;
        if (since is null)
        {
            (since, answeredBefore) = (last, backlog.Answered);
        }

        // One request alone must never be more than a slice may hold: chance makes a few large ones come close to each other every other minute.
        var seconds = Math.Max(backlog.BatchTime.TotalSeconds / SlicesPerBatch, 2 * tokens / backlog.TokensPerSecond);
        var slice = TimeSpan.FromSeconds(Math.Clamp(seconds, LeastSlice.TotalSeconds, MostSlice.TotalSeconds));
        var elapsed = time.GetElapsedTime(since.Value, last);
        if (elapsed < slice)
        {
            arrived += tokens;
            return exceeded;
        }

        var slices = elapsed / slice;
        var capacity = backlog.TokensPerSecond * slice.TotalSeconds;
        var computed = Math.Max(capacity * slices, backlog.Answered - answeredBefore);
        var excess = arrived > Burst * computed ? slices : Math.Min((arrived - (Drift * computed)) / capacity, MostPerSlice);
        var together = Math.Max(mostUnderWay, Callers * meanRequest);
        sum = Math.Clamp(sum + excess, 0, 2 * Threshold);
        beyond = Math.Clamp(beyond + arrived - (Drift * computed), 0, together + (Threshold * capacity));
        exceeded = (sum > Threshold && beyond > together) || (exceeded && sum > Threshold / 2);
        (since, arrived, answeredBefore) = (last, tokens, backlog.Answered);
        return exceeded;
    }
}
