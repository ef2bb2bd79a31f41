namespace AkiDb.Bridge.AspNetCore.Telemetry;

/// <summary>The values of one instrument with one set of tags. Guarded by its user.</summary>
/// <param name="tags">The tags, as the instrument gave them.</param>
/// <param name="bounds">The upper bounds of its buckets; null for what is no histogram.</param>
internal sealed class MetricSeries(KeyValuePair<string, object?>[] tags, double[]? bounds)
{
    public KeyValuePair<string, object?>[] Tags { get; } = tags;

    /// <summary>The sum, or the last value of what is only looked at.</summary>
    public double Value { get; private set; }

    public long Count { get; private set; }

    /// <summary>How many values each bucket has got; the last one is those beyond all bounds.</summary>
    public long[] Buckets { get; } = bounds is null ? [] : new long[bounds.Length + 1];

    public void Add(double value)
    {
        Value += value;
        Count++;
        if (bounds is not null)
        {
            var bucket = Array.BinarySearch(bounds, value);
            Buckets[bucket < 0 ? ~bucket : bucket]++;
        }
    }

    public void Set(double value) => Value = value;
}
