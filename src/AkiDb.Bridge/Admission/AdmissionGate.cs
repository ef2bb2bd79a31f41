using System.Globalization;
using AkiDb.Bridge.Batching;

namespace AkiDb.Bridge.Admission;

/// <summary>When a request is refused with <see cref="BridgeErrorKind.Overloaded"/> because of what waits and is computed: the one rule, for one model.</summary>
/// <remarks>
/// Beside it stand what its bytes take of the memory (<see cref="RequestAccount"/>) and what a key may use (<c>CallerAllowance</c>).
/// A request is refused when
/// 1. it would wait for others longer than its own deadline allows: it would be computed and then thrown away;
/// 2. it is interactive and would wait longer than <see cref="AdmissionOptions.MaxWait"/>; or, while more comes than can be computed (<see cref="ArrivalCusum"/>),
///    longer than it takes to work off two fifths of a batch for each engine. A caller who has nothing waiting is not refused for what others send, unless
///    there are so many of them that a whole batch for each engine is before it;
/// 3. its tokens are more than what is left of <see cref="AdmissionOptions.MaxTokens"/>, of which a quarter is kept for interactive work, and no caller
///    gets all (<see cref="FairBudget"/>).
/// The wait is what is before it, divided by how fast that is worked off; before it is only what its caller has waiting, and of each other caller as much as
/// it gets itself meanwhile (<see cref="TextLane.Before"/>): nobody's backlog is another's.
/// </remarks>
internal sealed class AdmissionGate(AdmissionOptions options, TimeProvider time)
{
    private const int ReservedPart = 4;

    // The next batch is cut from what waits: on a processor two fifths are 20 short texts, which are nine tenths as fast as any more, and more would
    // only make everybody wait.
    private const double WaitingPerFull = 0.4;

    private static readonly TimeSpan LeastRetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly ArrivalCusum arrivals = new(time);
    private readonly FairBudget interactive = new(options.MaxTokens);
    private readonly FairBudget bulk = new(Math.Max(1, options.MaxTokens - (options.MaxTokens / ReservedPart)));

    /// <summary>Whether more interactive work comes than can be computed.</summary>
    public bool IsOverloaded
    {
        get
        {
            lock (gate)
            {
                return arrivals.IsOverloaded;
            }
        }
    }

    /// <summary>The tokens that are admitted now.</summary>
    public long Admitted
    {
        get
        {
            lock (gate)
            {
                return interactive.Used + bulk.Used;
            }
        }
    }

    /// <summary>Admits a request; one that is larger than the whole budget is admitted when no other request of its priority is inside.</summary>
    /// <param name="account">Holds its permits.</param>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="priority">Its lane.</param>
    /// <param name="backlog">What is before it; null while there is no telling.</param>
    /// <param name="remaining">What is left of its time.</param>
    /// <returns>Why not; null when it was admitted: the account holds its permits.</returns>
    public BridgeError? TryAdmit(RequestAccount account, long tokens, EmbeddingPriority priority, Backlog? backlog, TimeSpan remaining)
    {
        lock (gate)
        {
            return (backlog is { } before ? WaitsTooLong(tokens, priority, before, remaining) : null) ?? Take(account, tokens, priority, backlog);
        }
    }

    public void Release(string caller, long tokens, EmbeddingPriority priority)
    {
        lock (gate)
        {
            BudgetOf(priority).GiveBack(caller, tokens);
        }
    }

    private BridgeError? WaitsTooLong(long tokens, EmbeddingPriority priority, Backlog backlog, TimeSpan remaining)
    {
        var wait = backlog.Wait;
        var isInteractive = priority == EmbeddingPriority.Interactive;
        var overloaded = isInteractive && arrivals.Record(tokens, backlog);
        if (wait > remaining)
        {
            return Refuse($"The request would wait about {Seconds(wait)} for others, longer than its time allows.", wait - remaining);
        }

        var allowed = backlog.Own == 0 ? backlog.Full + tokens : (long)(backlog.Full * WaitingPerFull);
        if (overloaded && backlog.Waiting > allowed)
        {
            return Refuse($"More comes than can be computed, and {backlog.Waiting} tokens wait already.", backlog.TimeOf(backlog.Waiting - allowed));
        }

        return isInteractive && wait > options.MaxWait
            ? Refuse($"The request would wait about {Seconds(wait)} for others; {Seconds(options.MaxWait)} are allowed.", wait - options.MaxWait)
            : null;
    }

    private BridgeError? Take(RequestAccount account, long tokens, EmbeddingPriority priority, Backlog? backlog)
    {
        var admitted = interactive.Used + bulk.Used;
        var limit = priority == EmbeddingPriority.Bulk
            ? Math.Min(bulk.Limit, options.MaxTokens - interactive.Used)
            : options.MaxTokens - Math.Min(bulk.Used, bulk.Limit);
        if (!BudgetOf(priority).TryTake(account.Caller, tokens, 0, limit))
        {
            // What must be done first is at most what waits now.
            var share = Math.Clamp((double)(admitted + tokens - options.MaxTokens) / admitted, 0, 1);
            return Refuse(
                $"{admitted} tokens are waiting or being computed, {options.MaxTokens} are allowed, a quarter of them for interactive requests only, and not all for one caller.",
                (backlog?.Wait ?? TimeSpan.Zero) * share);
        }

        account.Hold(new AdmissionPermit(this, account.Caller, tokens, priority));
        arrivals.RecordUnderWay(admitted + tokens);
        return null;
    }

    private FairBudget BudgetOf(EmbeddingPriority priority) => priority == EmbeddingPriority.Bulk ? bulk : interactive;

    private static BridgeError Refuse(string why, TimeSpan retryAfter) => new(BridgeErrorKind.Overloaded, $"The bridge is full: {why} Try again later.")
    {
        RetryAfter = retryAfter > LeastRetryAfter ? retryAfter : LeastRetryAfter,
    };

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");
}
