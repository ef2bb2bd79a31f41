namespace AkiDb.Bridge.Diagnostics;

/// <summary>The engines of a model as a whole.</summary>
public enum BridgeState
{
    /// <summary>The first choice of engine answers.</summary>
    Ready,

    /// <summary>Requests are answered, but not by the first choice, or without a fallback.</summary>
    Degraded,

    /// <summary>No engine can answer.</summary>
    Unavailable,

    /// <summary>The model was not found or not understood, so that it has no engines; only a further model can be in this state.</summary>
    Failed,
}
