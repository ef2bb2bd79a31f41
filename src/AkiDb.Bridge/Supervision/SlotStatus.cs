using System.Collections.Immutable;
using AkiDb.Bridge.Diagnostics;

namespace AkiDb.Bridge.Supervision;

/// <summary>What one slot is doing, at one moment.</summary>
/// <param name="Slot">Its number, from 0.</param>
/// <param name="Since">Since when it is in this state.</param>
internal sealed record SlotStatus(int Slot, DateTimeOffset Since)
{
    /// <summary>Where its worker is in its life.</summary>
    public SlotState State { get; init; }

    /// <summary>The worker's process id: of the process that was started until its hello came, then of the one that computes; null without one.</summary>
    public int? Pid { get; init; }

    /// <summary>The process id of the worker that is about to take over.</summary>
    public int? ReplacementPid { get; init; }

    /// <summary>How often a worker of this slot has been replaced.</summary>
    public int Restarts { get; init; }

    /// <summary>How often for which reason.</summary>
    public ImmutableSortedDictionary<string, int> RestartReasons { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>Its last moves, oldest first.</summary>
    public ImmutableList<(DateTimeOffset At, SlotState State, int? Pid)> Moves { get; init; } = [];

    /// <summary>Its last crashes, newest first.</summary>
    public ImmutableList<WorkerCrash> Crashes { get; init; } = [];

    /// <summary>Why the last worker ended, or why none can start; null when that has not happened.</summary>
    public string? LastEnd { get; init; }

    /// <summary>How the last worker ended that nobody had asked to.</summary>
    public WorkerCrash? LastCrash { get; init; }

    /// <summary>Batches that the worker was given and has not answered.</summary>
    public int InFlight { get; init; }

    /// <summary>Batches that this slot's workers have computed, without probes.</summary>
    public long Served { get; init; }

    /// <summary>When a batch or a probe was last computed.</summary>
    public DateTimeOffset? LastInference { get; init; }

    /// <summary>The worker's resident memory, in bytes.</summary>
    public long? MemoryBytes { get; init; }
}
