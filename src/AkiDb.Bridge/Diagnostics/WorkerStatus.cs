namespace AkiDb.Bridge.Diagnostics;

/// <summary>What one slot and the worker in it are doing. What is unknown is null.</summary>
public sealed record WorkerStatus
{
    /// <summary>The slot's number, from 0.</summary>
    public required int Slot { get; init; }

    /// <summary>As in <c>served_by</c>: <c>worker:0</c>.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// <c>stopped</c>, <c>starting</c>, <c>handshaking</c>, <c>loading</c>, <c>ready</c>, <c>unhealthy</c>, <c>draining</c>, <c>backing_off</c> or
    /// <c>quarantined</c>.
    /// </summary>
    public required string State { get; init; }

    /// <summary>The process that computes.</summary>
    public required int? Pid { get; init; }

    /// <summary>Why it is not ready, or why its last worker ended; a sentence that may name local paths.</summary>
    public required string? Detail { get; init; }

    /// <summary>Since when it is in this state.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>How often a worker of this slot has been replaced, for whatever reason.</summary>
    public required int Restarts { get; init; }

    /// <summary>
    /// How often for which reason: <c>crashed</c>, <c>killed</c> from outside, <c>stuck</c> (the host had to end it), <c>misconfigured</c>, <c>not_started</c>, or <c>replaced</c>
    /// on purpose. Their sum is <see cref="Restarts"/>.
    /// </summary>
    public IReadOnlyDictionary<string, int> RestartReasons { get; init; } = new Dictionary<string, int>();

    /// <summary>Its last moves, oldest first; at most 64.</summary>
    public IReadOnlyList<WorkerMove> History { get; init; } = [];

    /// <summary>The last crashes of this slot's workers, newest first; at most 8.</summary>
    public IReadOnlyList<WorkerCrash> RecentCrashes { get; init; } = [];

    /// <summary>Batches that it was given and has not answered.</summary>
    public required int InFlight { get; init; }

    /// <summary>Batches that this slot's workers have computed for callers.</summary>
    public required long Served { get; init; }

    /// <summary>Texts that this slot's workers answered after the last but one check that found their rows right, and before they were found to be wrong: to be computed again.</summary>
    public required long SuspectTexts { get; init; }

    /// <summary>When a batch or a probe was last really computed.</summary>
    public required DateTimeOffset? LastInference { get; init; }

    /// <summary>The worker's resident memory, in bytes.</summary>
    public required long? MemoryBytes { get; init; }

    /// <summary>The process that is about to take over.</summary>
    public required int? SuccessorPid { get; init; }

    /// <summary>How the last worker of this slot that ended by itself, or had to be ended, did.</summary>
    public required WorkerCrash? LastCrash { get; init; }
}
