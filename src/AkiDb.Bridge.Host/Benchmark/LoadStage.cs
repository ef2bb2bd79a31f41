namespace AkiDb.Bridge.Host.Benchmark;

/// <summary>What came of one rate of requests.</summary>
/// <param name="Offered">Requests that were sent in a second, whatever became of those before.</param>
/// <param name="Answered">Requests that were answered, for each second until the last one was.</param>
/// <param name="Failed">Requests that were refused, or failed.</param>
/// <param name="P50">Half of the answers came within so many milliseconds of the moment at which the request was due.</param>
/// <param name="P99">So did 99 of 100.</param>
internal sealed record LoadStage(double Offered, double Answered, int Failed, double P50, double P99);
