namespace AkiDb.Bridge;

/// <summary>What the public API throws when a request fails: one type, which carries the closed <see cref="BridgeError"/>.</summary>
/// <param name="error">The failure.</param>
/// <param name="innerException">What caused it, where something was thrown.</param>
public sealed class BridgeException(BridgeError error, Exception? innerException = null) : Exception(error.Message, innerException)
{
    /// <summary>The failure as a value.</summary>
    public BridgeError Error { get; } = error;

    internal BridgeException(BridgeErrorKind kind, string message, Exception? innerException = null)
        : this(new BridgeError(kind, message), innerException)
    {
    }
}
