namespace AkiDb.Bridge;

/// <summary>One engine's state.</summary>
/// <param name="Name">As in <c>served_by</c>: <c>worker:0</c>, <c>in-process</c>.</param>
/// <param name="State">Its state in one word, such as <c>ready</c>, <c>loading</c>, <c>backing_off</c>.</param>
/// <param name="Pid">The worker's process id.</param>
/// <param name="Since">Since when it is in this state.</param>
/// <param name="Restarts">How often the worker has been replaced.</param>
/// <param name="Detail">Why it is not ready, or why its last worker ended.</param>
public sealed record EngineHealth(string Name, string State, int? Pid, DateTimeOffset? Since, int? Restarts, string? Detail);
