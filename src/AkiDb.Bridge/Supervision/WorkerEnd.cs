using AkiDb.Bridge.Diagnostics;

namespace AkiDb.Bridge.Supervision;

/// <summary>Why a worker ended, or why none could be started: what its slot decides by.</summary>
/// <param name="Reason">A sentence.</param>
internal sealed record WorkerEnd(string Reason)
{
    /// <summary>Whether a restart cannot mend it: a missing interpreter or library, a model that cannot be loaded.</summary>
    public bool Misconfigured { get; init; }

    /// <summary>How long it was ready; null when it never was.</summary>
    public TimeSpan? Served { get; init; }

    /// <summary>Whether what it computed may be the cause.</summary>
    public bool InputSuspected { get; init; }

    /// <summary>Whether somebody outside ended it or stopped it: no fault of the worker's.</summary>
    public bool FromOutside { get; init; }

    /// <summary>What kind of an end it is, in one word for whoever counts them.</summary>
    public string Kind => this switch
    {
        { Misconfigured: true } => "misconfigured",
        { Crash: null } => "not_started",
        { FromOutside: true } => "killed",
        { Crash.Exit: not null } => "crashed",
        _ => "stuck",
    };

    /// <summary>The crash report; null when there was no process.</summary>
    public WorkerCrash? Crash { get; init; }
}
