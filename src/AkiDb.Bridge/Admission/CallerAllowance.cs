using System.Globalization;

namespace AkiDb.Bridge.Admission;

/// <summary>The tokens that one caller may have computed: so many in a minute, and so many at once.</summary>
/// <remarks>
/// A token bucket: it holds the tokens of one minute, fills up at an even pace, and a request takes its tokens out of it. One that is larger than the bucket
/// is let in when it is full, and is paid off afterwards.
/// </remarks>
/// <param name="name">What messages call the caller.</param>
/// <param name="tokensPerMinute">Tokens in a minute; 0 for any number.</param>
/// <param name="concurrentTokens">Tokens at once; 0 for any number.</param>
/// <param name="time">The clock.</param>
internal sealed class CallerAllowance(string name, long tokensPerMinute, long concurrentTokens, TimeProvider time)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private double level = tokensPerMinute;
    private long filled = time.GetTimestamp();
    private long held;

    public long TokensPerMinute { get; } = tokensPerMinute;

    public long ConcurrentTokens { get; } = concurrentTokens;

    /// <summary>Takes a request's tokens; <see cref="End"/> must follow when it was answered.</summary>
    /// <returns>Why it may not have them; null when it may.</returns>
    public BridgeError? TryTake(long tokens)
    {
        lock (gate)
        {
            if (ConcurrentTokens > 0 && held > 0 && held + tokens > ConcurrentTokens)
            {
                return Refuse($"{held} of its tokens wait or are being computed, and {ConcurrentTokens} may at once (ConcurrentTokens)", RetryAfter);
            }

            if (TokensPerMinute > 0)
            {
                Fill();
                var needed = Math.Min(tokens, TokensPerMinute);
                if (level < needed)
                {
                    return Refuse(
                        $"it may have {TokensPerMinute} tokens a minute (TokensPerMinute)", TimeSpan.FromMinutes((needed - level) / TokensPerMinute));
                }

                level -= tokens;
            }

            held += tokens;
            return null;
        }
    }

    /// <summary>The request was answered, or has failed.</summary>
    public void End(long tokens)
    {
        lock (gate)
        {
            held -= tokens;
        }
    }

    /// <summary>The request was refused by somebody else before anything was computed.</summary>
    public void Refund(long tokens)
    {
        lock (gate)
        {
            level = Math.Min(TokensPerMinute, level + tokens);
        }
    }

    private void Fill()
    {
        var now = time.GetTimestamp();
        level = Math.Min(TokensPerMinute, level + (time.GetElapsedTime(filled, now).TotalMinutes * TokensPerMinute));
        filled = now;
    }

    private BridgeError Refuse(string why, TimeSpan retryAfter) => new(
        BridgeErrorKind.Overloaded, string.Create(CultureInfo.InvariantCulture, $"The key '{name}' has used what it is allowed: {why}. Try again later, or send less at once."))
    {
        RetryAfter = retryAfter > RetryAfter ? retryAfter : RetryAfter,
    };
}
