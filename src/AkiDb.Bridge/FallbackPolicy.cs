namespace AkiDb.Bridge;

/// <summary>What may answer when the workers cannot.</summary>
public enum FallbackPolicy
{
    /// <summary>The in-process engine, if it serves the same embedding space; otherwise a clear error. The default.</summary>
    SameSpace,

    /// <summary>Also the configured second model; the answer says so in its model, its space and <c>degraded</c>.</summary>
    Any,

    /// <summary>Nothing.</summary>
    Off,
}
