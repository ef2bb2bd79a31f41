using System.Diagnostics.Metrics;

namespace AkiDb.Bridge.AspNetCore.Telemetry;

/// <summary>What kinds of instruments there are, which the framework says by their types only.</summary>
internal static class MetricKind
{
    public static bool IsHistogram(Instrument instrument) => instrument is Histogram<double> or Histogram<long> or Histogram<int> or Histogram<float>;

    /// <summary>Whether its values only ever grow.</summary>
    public static bool IsCounter(Instrument instrument) =>
        instrument is Counter<long> or Counter<int> or Counter<double> or ObservableCounter<long> or ObservableCounter<int> or ObservableCounter<double>;
}
