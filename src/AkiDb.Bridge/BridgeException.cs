namespace AkiDb.Bridge;

/// <summary>What the public API throws when a request fails: one type, which carries the closed <see cref="BridgeError"/>.</summary>
/// <param name="error">The failure.</param>
/// <param name="innerException">What caused it, where something was thrown.</param>
public sealed class BridgeException(BridgeError error, Exception? innerException = null) : Exception(error.Message, innerException)
{
    /// <summary>The failure as a value.</summary>
    public BridgeError Error { get; } = error;

    /// <summary>Whether a model is merely of a kind that the bridge's own engines do not understand: nothing says that it is damaged.</summary>
    internal bool IsForeignModel { get; init; }

    /// <summary>The part of the message that says what to do, for whoever shows it apart from the rest; null where the message is one.</summary>
    internal string? Remedy { get; init; }

    internal BridgeException(BridgeErrorKind kind, string message, Exception? innerException = null)
        : this(new BridgeError(kind, message), innerException)
    {
    }
}
