namespace AkiDb.Bridge.Host.Benchmark;

/// <summary>When a bridge has more to do than it can.</summary>
internal static class LoadCurve
{
    private const double LateFactor = 10;
    private const double MostFailed = 0.01;
    private const double LeastAnswered = 0.8;

    /// <summary>Whether a rate is beyond the bend: answers are late, fail, or come more slowly than they are asked for.</summary>
    /// <param name="stage">What came of the rate.</param>
    /// <param name="p99Alone">The 99th percentile of a single caller, in milliseconds.</param>
    public static bool Bends(LoadStage stage, double p99Alone) =>
        stage.P99 > p99Alone * LateFactor || stage.Failed > stage.Offered * MostFailed || stage.Answered < stage.Offered * LeastAnswered;

    /// <summary>The last rate before the bend; null where the load has not come to it, or was beyond it from the first stage on.</summary>
    /// <param name="load">Its stages; only the last one may be beyond the bend.</param>
    /// <param name="p99Alone">As above.</param>
    public static double? BendsAt(IReadOnlyList<LoadStage> load, double p99Alone) => load.Count > 1 && Bends(load[^1], p99Alone) ? load[^2].Offered : null;

    /// <summary>What a load that has risen to its end has shown, in a line.</summary>
    /// <inheritdoc cref="BendsAt"/>
    public static string Describe(IReadOnlyList<LoadStage> load, double p99Alone) => BendsAt(load, p99Alone) is { } rate
        ? FormattableString.Invariant($"bends after       {rate:F0} requests/s")
        : Bends(load[^1], p99Alone) ? FormattableString.Invariant($"bends below       {load[^1].Offered:F0} requests/s") : "it did not bend";
}
