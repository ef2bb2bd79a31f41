namespace AkiDb.Bridge;

/// <summary>One failure, as a value: what happened, to what, and what to do about it.</summary>
/// <param name="Kind">Which of the closed list of failures this is.</param>
/// <param name="Message">A sentence for the caller. It never holds input text.</param>
public sealed record BridgeError(BridgeErrorKind Kind, string Message)
{
    /// <summary>When to try again, where the bridge can tell; null otherwise.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The index of the input that this is about, where it is about one; null otherwise.</summary>
    public int? InputIndex { get; init; }

    /// <summary>The member of the request that this is about, by its name in JSON, such as <c>dimensions</c>; null where it is about none, or about <see cref="InputIndex"/>.</summary>
    public string? Member { get; init; }

    /// <summary>The space that the caller demands and the one it would be answered in; null where the demand is not the reason.</summary>
    public SpaceMismatch? Spaces { get; init; }

    /// <summary>Whether the same work may succeed on another try or another engine. This is the only place that says so.</summary>
    public bool IsTransient => Kind is BridgeErrorKind.EngineFault or BridgeErrorKind.OutOfMemory;
}
