namespace AkiDb.Bridge.Admission;

/// <summary>What one request takes up, from its first byte to its last. Disposing it gives everything back; that may be done twice.</summary>
/// <remarks>Used by one thread at a time.</remarks>
internal sealed class RequestAccount(ResourceLedger ledger, string caller, CallerAllowance? allowance = null) : IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly List<IDisposable> permits = [];
    private long bodyBytes;
    private long characters;
    private long answerBytes;
    private long allowed;
    private bool disposed;

    /// <summary>Who sent it; empty for the class of in-process callers.</summary>
    public string Caller { get; } = caller;

    /// <summary>Charges what is about to exist.</summary>
    /// <returns>Why it may not; null when it was charged.</returns>
    public BridgeError? TryCharge(SharedResource resource, long amount)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        ref var charged = ref ChargedOf(resource);
        if (amount > 0 && !ledger.TryTake(resource, Caller, amount, charged))
        {
            return Refusal(resource);
        }

        charged += amount;
        return null;
    }

    /// <summary>Gives back what is gone before the request is.</summary>
    public void GiveBack(SharedResource resource, long amount)
    {
        ref var charged = ref ChargedOf(resource);
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(amount, charged);
        if (amount > 0)
        {
            charged -= amount;
            ledger.GiveBack(resource, Caller, amount);
        }
    }

    /// <summary>Takes the request's tokens from what its caller may have: once, whoever computes them.</summary>
    /// <returns>Why it may not have them; null when it may.</returns>
    public BridgeError? TryAllow(long tokens)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (allowance is null || allowed > 0)
        {
            return null;
        }

        var refusal = allowance.TryTake(tokens);
        allowed = refusal is null ? tokens : 0;
        return refusal;
    }

    /// <summary>Nothing was computed: the tokens do not count.</summary>
    public void Disallow()
    {
        allowance?.End(allowed);
        allowance?.Refund(allowed);
        allowed = 0;
    }

    /// <summary>Keeps a permit until the account is disposed.</summary>
    public void Hold(IDisposable permit)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        permits.Add(permit);
    }

    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        permits.ForEach(permit => permit.Dispose());
        allowance?.End(allowed);
        GiveBack(SharedResource.BodyBytes, bodyBytes);
        GiveBack(SharedResource.Characters, characters);
        GiveBack(SharedResource.AnswerBytes, answerBytes);
    }

    private static BridgeError Refusal(SharedResource resource)
    {
        var (what, option) = resource switch
        {
            SharedResource.BodyBytes => ("the bodies", nameof(AdmissionOptions.BodyBytes)),
            SharedResource.Characters => ("the texts", nameof(AdmissionOptions.Characters)),
            _ => ("the answers", nameof(AdmissionOptions.AnswerBytes)),
        };
        return new BridgeError(
            BridgeErrorKind.Overloaded,
            $"The bridge is full: {what} of all requests together take as much memory as Bridge:Admission:{option} allows this caller. Try again later, or send less at once.")
        {
            RetryAfter = RetryAfter,
        };
    }

    private ref long ChargedOf(SharedResource resource)
    {
        switch (resource)
        {
            case SharedResource.BodyBytes:
                return ref bodyBytes;
            case SharedResource.Characters:
                return ref characters;
            default:
                return ref answerBytes;
        }
    }
}
