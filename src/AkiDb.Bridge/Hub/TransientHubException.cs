namespace AkiDb.Bridge.Hub;

/// <summary>The hub, or the way to it, failed in a way that may pass.</summary>
/// <param name="message">A sentence.</param>
/// <param name="innerException">What caused it, where something was thrown.</param>
internal sealed class TransientHubException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>How long the hub asks to wait; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
