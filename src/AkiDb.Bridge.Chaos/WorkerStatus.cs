namespace AkiDb.Bridge.Chaos;

/// <summary>A worker in the answer of <c>GET /api/v1/status</c>.</summary>
/// <param name="State">Such as <c>ready</c>.</param>
/// <param name="Pid">The process that computes; null while there is none.</param>
/// <param name="Restarts">How often it was replaced.</param>
internal sealed record WorkerStatus(string State, int? Pid, int Restarts);
