using System.Diagnostics.Metrics;
using AkiDb.Bridge.AspNetCore.Telemetry;

namespace AkiDb.Bridge.UnitTests.AspNetCore.Telemetry;

public sealed class PrometheusTextTests : IDisposable
{
    private readonly Meter meter = new("AkiDb.Bridge.UnitTests.Prometheus");

    public void Dispose() => meter.Dispose();

    [Fact]
    public void Counter_has_its_sum_by_its_labels()
    {
        var family = new MetricFamily(meter.CreateCounter<long>("akidb.worker.restarts", "{restart}", "How often."));
        family.Record(1, [new("akidb.worker", "worker:0")]);
        family.Record(2, [new("akidb.worker", "worker:0")]);
        family.Record(1, [new("akidb.worker", "a\\\"b\nc")]);

        Assert.Equal(
            """
            # HELP akidb_worker_restarts_total How often.
            # TYPE akidb_worker_restarts_total counter
            akidb_worker_restarts_total{akidb_worker="worker:0"} 3
            akidb_worker_restarts_total{akidb_worker="a\\\"b\nc"} 1

            """.ReplaceLineEndings("\n"),
            PrometheusText.Write([family]));
    }

    [Fact]
    public void Buckets_of_a_histogram_count_everything_up_to_their_bound()
    {
        var family = new MetricFamily(meter.CreateHistogram("akidb.queue.wait", "s", "Waiting.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] }));
        foreach (var value in (double[])[0.05, 0.1, 0.5, 7])
        {
            family.Record(value, []);
        }

        Assert.Equal(
            """
            # HELP akidb_queue_wait_seconds Waiting.
            # TYPE akidb_queue_wait_seconds histogram
            akidb_queue_wait_seconds_bucket{le="0.1"} 2
            akidb_queue_wait_seconds_bucket{le="1"} 3
            akidb_queue_wait_seconds_bucket{le="+Inf"} 4
            akidb_queue_wait_seconds_sum 7.65
            akidb_queue_wait_seconds_count 4

            """.ReplaceLineEndings("\n"),
            PrometheusText.Write([family]));
    }

    [Fact]
    public void Labels_without_bound_end_in_one_series()
    {
        var family = new MetricFamily(meter.CreateCounter<long>("akidb.made.up"));
        for (var number = 0; number < 5_000; number++)
        {
            family.Record(1, [new("label", number)]);
        }

        var lines = PrometheusText.Write([family]).Split('\n');

        Assert.InRange(lines.Length, 1_000, 1_010);
        Assert.Contains("akidb_made_up_total{otel_metric_overflow=\"true\"} 4000", lines);
    }

    [Fact]
    public void What_is_only_looked_at_is_what_it_is_now()
    {
        var family = new MetricFamily(meter.CreateObservableGauge("akidb.worker.memory", () => 0L, "By"));
        family.Record(5, [new("akidb.worker", "worker:0")]);
        family.Forget();
        family.Record(7, [new("akidb.worker", "worker:1")]);
        family.Record(6, [new("akidb.worker", "worker:1")]);

        Assert.EndsWith("gauge\nakidb_worker_memory_bytes{akidb_worker=\"worker:1\"} 6\n", PrometheusText.Write([family]), StringComparison.Ordinal);
    }
}
