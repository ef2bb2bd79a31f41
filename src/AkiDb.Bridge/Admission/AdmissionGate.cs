namespace AkiDb.Bridge.Admission;

/// <summary>The permits at the door, counted in tokens. Full means a refusal at once, never a queue without bound.</summary>
/// <param name="maxTokens">The permits.</param>
internal sealed class AdmissionGate(long maxTokens)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private long admitted;

    /// <summary>The tokens that are admitted now.</summary>
    public long Admitted => Interlocked.Read(ref admitted);

    /// <summary>Admits a request; a request larger than all permits together is admitted when nothing else is.</summary>
    /// <returns>Why not; null when it was admitted, and then <see cref="Release"/> must follow.</returns>
    public BridgeError? TryAdmit(long tokens)
    {
        // Compared before it is taken: a large request that is refused never holds a small one's place, not even for a moment.
        var now = Admitted;
        while (now + tokens <= maxTokens || now == 0)
        {
            var before = Interlocked.CompareExchange(ref admitted, now + tokens, now);
            if (before == now)
            {
                return null;
            }

            now = before;
        }

        return new BridgeError(BridgeErrorKind.Overloaded, $"The bridge is full: {now} tokens are waiting or being computed, {maxTokens} are allowed. Try again later.")
        {
            RetryAfter = RetryAfter,
        };
    }

    public void Release(long tokens) => Interlocked.Add(ref admitted, -tokens);
}
