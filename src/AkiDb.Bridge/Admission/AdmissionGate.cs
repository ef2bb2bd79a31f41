namespace AkiDb.Bridge.Admission;

/// <summary>The permits at the door, counted in tokens. Full means a refusal at once, never a queue without bound.</summary>
/// <param name="options">How much is taken on.</param>
internal sealed class AdmissionGate(AdmissionOptions options)
{
    private static readonly TimeSpan LeastRetryAfter = TimeSpan.FromSeconds(1);
    private long admitted;

    /// <summary>The tokens that are admitted now.</summary>
    public long Admitted => Interlocked.Read(ref admitted);

    /// <summary>Admits a request; a request larger than all permits together is admitted when nothing else is.</summary>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="priority">Its lane.</param>
    /// <param name="wait">How long it would wait for others; null while there is no telling.</param>
    /// <param name="remaining">What is left of its time.</param>
    /// <returns>Why not; null when it was admitted, and then <see cref="Release"/> must follow.</returns>
    public BridgeError? TryAdmit(long tokens, EmbeddingPriority priority, TimeSpan? wait, TimeSpan remaining)
    {
        // What would be computed and then thrown away takes time from those who can still be served.
        if (wait > remaining)
        {
            return Refuse($"The request would wait about {Seconds(wait.Value)} for others, longer than its time allows.", wait.Value - remaining);
        }

        if (priority == EmbeddingPriority.Interactive && wait > options.MaxWait.Value)
        {
            return Refuse($"The request would wait about {Seconds(wait.Value)} for others; {Seconds(options.MaxWait.Value)} are allowed.", wait.Value - options.MaxWait.Value);
        }

        // Compared before it is taken: a large request that is refused never holds a small one's place, not even for a moment.
        var now = Admitted;
        while (now + tokens <= options.MaxTokens || now == 0)
        {
            var before = Interlocked.CompareExchange(ref admitted, now + tokens, now);
            if (before == now)
            {
                return null;
            }

            now = before;
        }

        // What must be done first is at most what waits now.
        var share = Math.Clamp((double)(now + tokens - options.MaxTokens) / now, 0, 1);
        return Refuse($"{now} tokens are waiting or being computed, {options.MaxTokens} are allowed.", (wait ?? TimeSpan.Zero) * share);
    }

    public void Release(long tokens) => Interlocked.Add(ref admitted, -tokens);

    private static BridgeError Refuse(string why, TimeSpan retryAfter) => new(BridgeErrorKind.Overloaded, $"The bridge is full: {why} Try again later.")
    {
        RetryAfter = retryAfter > LeastRetryAfter ? retryAfter : LeastRetryAfter,
    };

    private static string Seconds(TimeSpan time) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");
}
