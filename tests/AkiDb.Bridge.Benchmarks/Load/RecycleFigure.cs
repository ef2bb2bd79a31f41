namespace AkiDb.Bridge.Benchmarks.Load;

/// <summary>The requests of one phase. Latencies are in milliseconds, of those that got a vector.</summary>
/// <param name="Phase">Which one.</param>
/// <param name="Requests">All of them.</param>
/// <param name="Failed">Those that got no vector.</param>
/// <param name="P50">Half took no longer.</param>
/// <param name="P99">All but one of a hundred took no longer.</param>
/// <param name="Max">The longest.</param>
/// <param name="Slow">Those that took longer than the quiet p99 and what may be added to it.</param>
internal sealed record RecycleFigure(string Phase, int Requests, int Failed, double P50, double P99, double Max, int Slow)
{
    public static RecycleFigure Of(string phase, IReadOnlyCollection<LoadOutcome> requests, double slowFrom)
    {
        var answered = Samples.Of(requests.Where(request => request.Failure is null).Select(request => request.Latency));
        return new RecycleFigure(
            phase, requests.Count, requests.Count - answered.Count, answered.Percentile(50), answered.Percentile(99), answered.Percentile(100),
            requests.Count(request => request.Failure is null && request.Latency.TotalMilliseconds > slowFrom));
    }
}
