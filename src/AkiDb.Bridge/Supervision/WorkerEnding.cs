namespace AkiDb.Bridge.Supervision;

/// <summary>Why a worker's life ended.</summary>
/// <param name="Reason">A sentence.</param>
/// <param name="Misconfigured">Whether a restart cannot mend it: a missing interpreter or library, a model that cannot be loaded.</param>
/// <param name="Served">How long it was ready.</param>
/// <param name="Stderr">The last lines that it wrote there.</param>
internal sealed record WorkerEnding(string Reason, bool Misconfigured, TimeSpan Served, IReadOnlyList<string> Stderr);
