namespace AkiDb.Bridge.Benchmarks.Load;

/// <summary>What came out under one load. Latencies are in milliseconds.</summary>
/// <param name="Engine">Who computes.</param>
/// <param name="Way">Library or HTTP.</param>
/// <param name="Load">Such as <c>64 callers, short</c>.</param>
/// <param name="Offered">Requests sent a second in an open loop; null in a closed one.</param>
/// <param name="Rate">Vectors a second, while the load lasted.</param>
/// <param name="OfPerfect">The same as a share of what perfect batches give on that engine; null in an open loop.</param>
/// <param name="P50">Of the requests that got a vector.</param>
/// <param name="P99">Of the requests that got a vector.</param>
/// <param name="P999">Of the requests that got a vector.</param>
/// <param name="Answered">Requests that got a vector.</param>
/// <param name="Shed">Requests that were refused because the bridge was full.</param>
/// <param name="ShedP99">How long it took to refuse them.</param>
/// <param name="Failed">Requests that failed in another way.</param>
internal sealed record LoadFigure(
    string Engine, string Way, string Load, double? Offered, double Rate, double? OfPerfect, double P50, double P99, double P999, int Answered, int Shed, double ShedP99, int Failed)
{
    public static LoadFigure Of(string engine, string way, string load, double? offered, double? perfect, double rate, IReadOnlyCollection<LoadOutcome> outcomes)
    {
        var answered = Samples.Of(outcomes.Where(outcome => outcome.Failure is null).Select(outcome => outcome.Latency));
        var shed = Samples.Of(outcomes.Where(outcome => outcome.Failure is BridgeErrorKind.Overloaded).Select(outcome => outcome.Latency));
        return new LoadFigure(
            engine, way, load, offered, rate, rate / perfect, answered.Percentile(50), answered.Percentile(99), answered.Percentile(99.9),
            answered.Count, shed.Count, shed.Percentile(99), outcomes.Count - answered.Count - shed.Count);
    }

    /// <summary>One stage of an open loop through the library.</summary>
    /// <param name="engine">Who computes.</param>
    /// <param name="load">What the stage is called.</param>
    /// <param name="offered">Requests sent a second.</param>
    /// <param name="sent">Its requests.</param>
    /// <param name="from">Those that were due earlier do not count.</param>
    /// <param name="length">How long it was.</param>
    public static LoadFigure OfStage(
        string engine, string load, double offered, IEnumerable<(TimeSpan Due, LoadOutcome Outcome)> sent, TimeSpan from, TimeSpan length)
    {
        (TimeSpan Due, LoadOutcome Outcome)[] counted = [.. sent.Where(request => request.Due >= from)];

        // What is answered after the load has ended counts for the latencies, not for the rate.
        var vectors = counted.Count(request => request.Outcome.Failure is null && request.Due + request.Outcome.Latency < length);
        return Of(engine, "library", load, offered, null, vectors / (length - from).TotalSeconds, [.. counted.Select(request => request.Outcome)]);
    }
}
