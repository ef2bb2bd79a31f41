namespace AkiDb.Bridge.AspNetCore.Access;

/// <summary>Who may use a route.</summary>
internal enum AccessRule
{
    /// <summary>Everybody, also on a connection of the reserve: it only says how the host is.</summary>
    Health,

    /// <summary>Everybody, but not on a connection of the reserve.</summary>
    Open,

    /// <summary>Whoever has a key, whatever it allows.</summary>
    AnyKey,

    /// <summary>Whoever may have texts embedded.</summary>
    Embed,

    /// <summary>Whoever may read the metrics.</summary>
    Metrics,

    /// <summary>Whoever may see every detail of the host, and restart its workers.</summary>
    Admin,
}
