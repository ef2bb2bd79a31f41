using AkiDb.Bridge.Diagnostics;

namespace AkiDb.Bridge.Supervision;

/// <summary>Why a worker is given up, as far as it could be seen from outside its process.</summary>
/// <param name="Reason">A sentence.</param>
internal sealed record Symptom(string Reason)
{
    /// <summary>Whether the process is still there: its own end need not be waited for.</summary>
    public bool Alive { get; init; }

    /// <summary>Whether it does not move, perhaps because of what it computes.</summary>
    public bool Stuck { get; init; }

    /// <summary>Whether a restart cannot mend it.</summary>
    public bool Misconfigured { get; init; }

    /// <summary>What it had in flight when it stopped answering; null to look now.</summary>
    public IReadOnlyList<BatchSize>? InFlight { get; init; }
}
