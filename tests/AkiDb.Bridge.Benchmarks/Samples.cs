namespace AkiDb.Bridge.Benchmarks;

/// <summary>Latencies of one kind of call.</summary>
internal sealed class Samples
{
    private readonly List<double> milliseconds = [];

    public int Count => milliseconds.Count;

    public static Samples Of(IEnumerable<TimeSpan> times)
    {
        var samples = new Samples();
        foreach (var time in times)
        {
            samples.Add(time);
        }

        return samples;
    }

    public void Add(TimeSpan time) => milliseconds.Add(time.TotalMilliseconds);

    /// <summary>The nearest-rank percentile, in milliseconds; 0 of nothing.</summary>
    public double Percentile(double percent)
    {
        var sorted = milliseconds.Order().ToArray();
        return sorted.Length == 0 ? 0 : sorted[Math.Clamp((int)Math.Ceiling(percent / 100 * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
