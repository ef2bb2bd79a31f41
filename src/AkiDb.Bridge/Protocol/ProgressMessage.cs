namespace AkiDb.Bridge.Protocol;

/// <summary>Loading goes on.</summary>
/// <param name="Id">The id of the load.</param>
/// <param name="Stage">What is being done.</param>
/// <param name="Fraction">How much of the load is done, 0 to 1.</param>
internal sealed record ProgressMessage(long Id, string Stage, double Fraction) : WorkerMessage;
