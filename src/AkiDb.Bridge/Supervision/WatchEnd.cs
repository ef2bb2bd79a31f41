namespace AkiDb.Bridge.Supervision;

/// <summary>What a watch over a worker has ended with.</summary>
/// <param name="Reason">A sentence.</param>
internal sealed record WatchEnd(string Reason)
{
    /// <summary>Whether the process is still there: its own end need not be waited for.</summary>
    public bool Alive { get; init; }

    /// <summary>Whether it does not move, perhaps because of what it computes.</summary>
    public bool Stuck { get; init; }

    /// <summary>What it had in flight when it stopped answering; null to look now.</summary>
    public IReadOnlyList<BatchSize>? InFlight { get; init; }
}
