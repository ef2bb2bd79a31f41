namespace AkiDb.Bridge.Workers;

/// <summary>How a worker that served has ended, as far as its batches must know.</summary>
/// <param name="Summary">One sentence for the errors of requests that fail because of it.</param>
/// <param name="InputSuspected">
/// Whether the batch that it computed may be the cause: it crashed, or hung while it computed. False when somebody killed or stopped it, or the host ended it.
/// </param>
internal sealed record ExitNotice(string Summary, bool InputSuspected);
