using System.Diagnostics.Metrics;
using AkiDb.Bridge.Diagnostics;

namespace AkiDb.Bridge.AspNetCore.Telemetry;

/// <summary>Listens to the instruments of the bridge, of the web server and of the runtime, and keeps their sums since the start.</summary>
internal sealed class MetricCollection : IDisposable
{
    private static readonly string[] Meters = [BridgeTelemetry.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    private readonly Lock gate = new();
    private readonly List<MetricFamily> families = [];
    private readonly MeterListener listener = new();

    public MetricCollection()
    {
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (Meters.Contains(instrument.Meter.Name))
            {
                var family = new MetricFamily(instrument);
                lock (gate)
                {
                    families.Add(family);
                }

                listening.EnableMeasurementEvents(instrument, family);
            }
        };
        listener.MeasurementsCompleted = (_, state) =>
        {
            lock (gate)
            {
                families.Remove((MetricFamily)state!);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        listener.SetMeasurementEventCallback<long>((_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        listener.SetMeasurementEventCallback<int>((_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        listener.SetMeasurementEventCallback<float>((_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        listener.Start();
    }

    /// <summary>Looks at what is only looked at, and has every instrument read, by its name: one reader at a time, as another would look again and forget what was seen.</summary>
    public T Look<T>(Func<IEnumerable<MetricFamily>, T> read)
    {
        lock (gate)
        {
            families.ForEach(family =>
            {
                if (family.Instrument.IsObservable)
                {
                    family.Forget();
                }
            });
            listener.RecordObservableInstruments();
            return read(families.OrderBy(family => family.Instrument.Name, StringComparer.Ordinal));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => listener.Dispose();
}
