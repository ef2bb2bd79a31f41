namespace AkiDb.Bridge.Supervision;

/// <summary>What one slot is doing, at one moment.</summary>
/// <param name="Slot">Its number, from 0.</param>
/// <param name="State">Where its worker is in its life.</param>
/// <param name="Pid">The worker's process id; null without one.</param>
/// <param name="Since">Since when it is in this state.</param>
/// <param name="Restarts">How often a worker of this slot has been replaced.</param>
/// <param name="LastEnd">Why the last worker ended, or why none can start; null when that has not happened.</param>
internal sealed record SlotStatus(int Slot, SlotState State, int? Pid, DateTimeOffset Since, int Restarts, string? LastEnd);
