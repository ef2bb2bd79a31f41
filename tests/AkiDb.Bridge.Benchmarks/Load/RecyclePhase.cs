namespace AkiDb.Bridge.Benchmarks.Load;

/// <summary>What happened while a request was under way.</summary>
internal enum RecyclePhase
{
    /// <summary>Nothing, for long.</summary>
    Quiet,

    /// <summary>A successor was being brought up.</summary>
    Loading,

    /// <summary>A successor took over, and the old worker went.</summary>
    Takeover,

    /// <summary>Nothing, but another replacement was over not long ago.</summary>
    Between,
}
