namespace AkiDb.Bridge.AspNetCore;

/// <summary>What a key allows.</summary>
[Flags]
public enum ApiKeyScopes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>To have texts embedded.</summary>
    Embed = 1,

    /// <summary>To see every detail of the host, and to restart its workers.</summary>
    Admin = 2,

    /// <summary>To read the metrics, which <see cref="Admin"/> allows too.</summary>
    Metrics = 4,

    /// <summary>Everything.</summary>
    All = Embed | Admin | Metrics,
}
