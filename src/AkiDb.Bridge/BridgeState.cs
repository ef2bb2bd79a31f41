namespace AkiDb.Bridge;

/// <summary>The bridge as a whole.</summary>
public enum BridgeState
{
    /// <summary>The first choice of engine answers.</summary>
    Ready,

    /// <summary>Requests are answered, but not by the first choice, or without a fallback.</summary>
    Degraded,

    /// <summary>No engine can answer.</summary>
    Unavailable,
}
