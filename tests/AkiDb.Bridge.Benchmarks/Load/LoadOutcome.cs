namespace AkiDb.Bridge.Benchmarks.Load;

/// <summary>One request.</summary>
/// <param name="End">When it was over, from the beginning of the run.</param>
/// <param name="Latency">How long it took: in an open loop from the moment when it ought to have been sent.</param>
/// <param name="Failure">Why it failed; null for a vector.</param>
internal readonly record struct LoadOutcome(TimeSpan End, TimeSpan Latency, BridgeErrorKind? Failure)
{
    /// <summary>How much later than it ought to it was sent; its latency includes that.</summary>
    public TimeSpan Late { get; init; }

    /// <summary>From when its latency counts, from the beginning of the run.</summary>
    public TimeSpan Begin => End - Latency;
}
