namespace AkiDb.Bridge.Diagnostics;

/// <summary>One step in the life of a slot.</summary>
/// <param name="At">When it was.</param>
/// <param name="State">The state that it is in since then, as in <see cref="WorkerStatus.State"/>.</param>
/// <param name="Pid">The process in it; null without one.</param>
public sealed record WorkerMove(DateTimeOffset At, string State, int? Pid);
