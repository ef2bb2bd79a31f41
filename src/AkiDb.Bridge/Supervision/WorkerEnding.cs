namespace AkiDb.Bridge.Supervision;

/// <summary>Why a worker's life ended, or why it never began.</summary>
/// <param name="Reason">A sentence.</param>
internal sealed record WorkerEnding(string Reason)
{
    /// <summary>Whether a restart cannot mend it: a missing interpreter or library, a model that cannot be loaded.</summary>
    public bool Misconfigured { get; init; }

    /// <summary>How long it was ready; null when it never was.</summary>
    public TimeSpan? Served { get; init; }

    /// <summary>Whether what it computed may be guilty.</summary>
    public bool InputSuspected { get; init; }

    /// <summary>Whether somebody outside ended it or stopped it: no fault of the worker's.</summary>
    public bool FromOutside { get; init; }

    /// <summary>The dossier; null when there was no process.</summary>
    public WorkerCrash? Crash { get; init; }
}
