using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace AkiDb.Bridge.Diagnostics;

/// <summary>What the bridge measures and traces. A host that collects either adds the source and the meter by their one name.</summary>
public static class BridgeTelemetry
{
    /// <summary>The name of the <see cref="ActivitySource"/> and of the <see cref="Meter"/>.</summary>
    public const string Name = "AkiDb.Bridge";

    internal static ActivitySource Source { get; } = new(Name);

    /// <summary>What is recorded as it happens. What is only looked at when somebody asks has a meter of its own in each host (<see cref="StatusInstruments"/>).</summary>
    internal static Meter Meter { get; } = new(Name);
}
