namespace AkiDb.Bridge;

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

    /// <summary>Since when it is in this state.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>How often a worker of this slot has been replaced, for whatever reason.</summary>
    public required int Restarts { get; init; }

    /// <summary>Batches that it was given and has not answered.</summary>
    public required int InFlight { get; init; }

    /// <summary>Batches that this slot's workers have computed for callers.</summary>
    public required long Served { get; init; }

    /// <summary>When a batch or a probe was last really computed.</summary>
    public required DateTimeOffset? LastInference { get; init; }

    /// <summary>The worker's resident memory, in bytes.</summary>
    public required long? MemoryBytes { get; init; }

    /// <summary>The process that is about to take over.</summary>
    public required int? SuccessorPid { get; init; }

    /// <summary>How the last worker of this slot that ended by itself, or had to be ended, did.</summary>
    public required WorkerCrash? LastCrash { get; init; }
}
