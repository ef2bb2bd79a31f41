namespace AkiDb.Bridge.Workers;

/// <summary>How a worker that served has ended, as far as its batches must know.</summary>
/// <param name="Summary">One sentence for the errors of requests that fail because of it.</param>
/// <param name="InputSuspected">
/// Whether what it computed may be guilty: it crashed, or hung while it computed. False when somebody killed or stopped it, or the host ended it.
/// </param>
internal sealed record WorkerDeath(string Summary, bool InputSuspected);
