using AkiDb.Bridge.Batching;

namespace AkiDb.Bridge.Admission;

/// <summary>The permits at the door, counted in tokens. Full means a refusal at once, never a queue without bound.</summary>
/// <param name="options">How much is taken on.</param>
/// <param name="time">The clock.</param>
internal sealed class AdmissionGate(AdmissionOptions options, TimeProvider time)
{
    // Under overload so much of a full batch may wait for each engine. The next batch is cut from it: on a processor 20 short texts, which are
    // nine tenths as fast as any more; and more would only make everybody wait.
    private const double WaitingPerFull = 0.4;

    private static readonly TimeSpan LeastRetryAfter = TimeSpan.FromSeconds(1);
    private readonly OverloadWatch overload = new(time);
    private long admitted;

    /// <summary>Whether more interactive work comes than can be worked off.</summary>
    public bool IsOverloaded => overload.IsOverloaded;

    /// <summary>The tokens that are admitted now.</summary>
    public long Admitted => Interlocked.Read(ref admitted);

    /// <summary>Admits a request; a request larger than all permits together is admitted when nothing else is.</summary>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="priority">Its lane.</param>
    /// <param name="backlog">What is before it; null while there is no telling.</param>
    /// <param name="remaining">What is left of its time.</param>
    /// <returns>Why not; null when it was admitted, and then <see cref="Release"/> must follow.</returns>
    public BridgeError? TryAdmit(long tokens, EmbeddingPriority priority, Backlog? backlog, TimeSpan remaining)
    {
        if (backlog is { } before && WaitsTooLong(tokens, priority, before, remaining) is { } refusal)
        {
            return refusal;
        }

        // Compared before it is taken: a large request that is refused never holds a small one's place, not even for a moment.
        var now = Admitted;
        while (now + tokens <= options.MaxTokens || now == 0)
        {
            var found = Interlocked.CompareExchange(ref admitted, now + tokens, now);
            if (found == now)
            {
                overload.NoteUnderWay(now + tokens);
                return null;
            }

            now = found;
        }

        // What must be done first is at most what waits now.
        var share = Math.Clamp((double)(now + tokens - options.MaxTokens) / now, 0, 1);
        return Refuse($"{now} tokens are waiting or being computed, {options.MaxTokens} are allowed.", (backlog?.Wait ?? TimeSpan.Zero) * share);
    }

    public void Release(long tokens) => Interlocked.Add(ref admitted, -tokens);

    // Why the request would wait too long for others; null when it would not.
    private BridgeError? WaitsTooLong(long tokens, EmbeddingPriority priority, Backlog backlog, TimeSpan remaining)
    {
        var wait = backlog.Wait;
        var interactive = priority == EmbeddingPriority.Interactive;
        var overloaded = interactive && overload.Note(tokens, backlog);

        // What would be computed and then thrown away takes time from those who can still be served.
        if (wait > remaining)
        {
            return Refuse($"The request would wait about {Seconds(wait)} for others, longer than its time allows.", wait - remaining);
        }

        var allowed = (long)(backlog.Full * WaitingPerFull);
        if (overloaded && backlog.Waiting > allowed)
        {
            return Refuse($"More comes than can be computed, and {backlog.Waiting} tokens wait already.", backlog.TimeOf(backlog.Waiting - allowed));
        }

        return interactive && wait > options.MaxWait.Value
            ? Refuse($"The request would wait about {Seconds(wait)} for others; {Seconds(options.MaxWait.Value)} are allowed.", wait - options.MaxWait.Value)
            : null;
    }

    private static BridgeError Refuse(string why, TimeSpan retryAfter) => new(BridgeErrorKind.Overloaded, $"The bridge is full: {why} Try again later.")
    {
        RetryAfter = retryAfter > LeastRetryAfter ? retryAfter : LeastRetryAfter,
    };

    private static string Seconds(TimeSpan time) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");
}
