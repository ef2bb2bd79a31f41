namespace AkiDb.Bridge.Chaos;

/// <summary>Exact nearest-rank percentiles of latencies, in milliseconds.</summary>
internal sealed record Latencies(int Requests, double P50, double P99, double P999, double Largest)
{
    public static Latencies Of(IEnumerable<TimeSpan> latencies)
    {
        double[] sorted = [.. latencies.Select(latency => latency.TotalMilliseconds).Order()];
        return new Latencies(sorted.Length, At(50), At(99), At(99.9), At(100));

        double At(double percent) => sorted.Length == 0 ? 0 : sorted[Math.Clamp((int)Math.Ceiling(percent / 100 * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
