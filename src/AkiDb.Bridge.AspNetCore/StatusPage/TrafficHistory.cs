using System.Diagnostics.Metrics;
using AkiDb.Bridge.Diagnostics;

namespace AkiDb.Bridge.AspNetCore.StatusPage;

/// <summary>What was answered in the last quarter of an hour, in slices of five seconds. It listens to the bridge's own instruments.</summary>
internal sealed class TrafficHistory : IDisposable
{
    private const int Slices = 180;
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly MeterListener listener = new();
    private readonly TrafficSlice[] ring = new TrafficSlice[Slices];

    public TrafficHistory(TimeProvider time)
    {
        this.time = time;
        listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) => RecordRequest(seconds, HasFailed(tags)));
        listener.SetMeasurementEventCallback<long>((_, tokens, _, _) => RecordTokens(tokens));
        listener.Start();
        listener.EnableMeasurementEvents(Instruments.RequestDuration);
        listener.EnableMeasurementEvents(Instruments.TokenUsage);
    }

    /// <summary>The slices, oldest first; what is missing had nothing.</summary>
    public IReadOnlyList<TrafficSlice> Take()
    {
        lock (gate)
        {
            var oldest = NumberOfNow() - Slices;
            return [.. ring.Where(slice => slice is not null && slice.Number > oldest).OrderBy(slice => slice.Number).Select(slice => slice.Copy())];
        }
    }

    /// <summary>When a slice began.</summary>
    public static DateTimeOffset BeginOf(TrafficSlice slice) => DateTimeOffset.UnixEpoch + (slice.Number * Slice);

    public void RecordRequest(double seconds, bool hasFailed)
    {
        lock (gate)
        {
            Current().Record(seconds, hasFailed);
        }
    }

    public void RecordTokens(long tokens)
    {
        lock (gate)
        {
            Current().Tokens += tokens;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => listener.Dispose();

    private static bool HasFailed(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var tag in tags)
        {
            if (tag.Key == "error.type")
            {
                return true;
            }
        }

        return false;
    }

    private long NumberOfNow() => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / Slice.Ticks;

    private TrafficSlice Current()
    {
        var number = NumberOfNow();
        ref var slice = ref ring[number % Slices];
        if (slice?.Number != number)
        {
            slice = new TrafficSlice(number);
        }

        return slice;
    }
}
