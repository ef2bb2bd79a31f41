using System.Diagnostics.Metrics;

namespace AkiDb.Bridge.AspNetCore.Telemetry;

/// <summary>One instrument and all its series.</summary>
internal sealed class MetricFamily
{
    // Whatever tags somebody may make up: beyond that, values are counted together.
    private const int MostSeries = 1_000;

    private static readonly double[] DefaultBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
    private static readonly KeyValuePair<string, object?>[] Overflow = [new("otel.metric.overflow", "true")];

    private readonly Lock gate = new();
    private readonly Dictionary<int, List<MetricSeries>> series = [];
    private int count;

    public MetricFamily(Instrument instrument)
    {
        Instrument = instrument;
        Bounds = MetricKind.IsHistogram(instrument) ? BoundsOf(instrument) : null;
    }

    public Instrument Instrument { get; }

    /// <summary>The upper bounds of its buckets; null for what is no histogram.</summary>
    public double[]? Bounds { get; }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (gate)
        {
            var one = SeriesOf(tags);
            if (Instrument.IsObservable)
            {
                one.Set(value);
            }
            else
            {
                one.Add(value);
            }
        }
    }

    /// <summary>Forgets what is only looked at, before somebody looks: a worker that is gone has no memory any more.</summary>
    public void Forget()
    {
        lock (gate)
        {
            series.Clear();
            count = 0;
        }
    }

    /// <summary>Reads the series, while nothing is recorded.</summary>
    public void Read(Action<MetricSeries> read)
    {
        lock (gate)
        {
            foreach (var one in series.Values.SelectMany(list => list))
            {
                read(one);
            }
        }
    }

    private static double[] BoundsOf(Instrument instrument) => instrument switch
    {
        Instrument<double> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
        Instrument<long> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(bound => (double)bound)],
        Instrument<int> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(bound => (double)bound)],
        _ => DefaultBounds,
    };

    private MetricSeries SeriesOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = HashOf(tags);
        if (series.TryGetValue(hash, out var list))
        {
            foreach (var one in list)
            {
                if (tags.SequenceEqual(one.Tags))
                {
                    return one;
                }
            }
        }
        else if (count < MostSeries)
        {
            series.Add(hash, list = []);
        }

        if (count >= MostSeries && !tags.SequenceEqual(Overflow))
        {
            return SeriesOf(Overflow);
        }

        var added = new MetricSeries(tags.ToArray(), Bounds);
        if (list is null)
        {
            series.Add(hash, list = []);
        }

        list.Add(added);
        count++;
        return added;
    }

    private static int HashOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = default(HashCode);
        foreach (var tag in tags)
        {
            hash.Add(tag.Value);
        }

        return hash.ToHashCode();
    }
}
