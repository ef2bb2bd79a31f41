using System.Diagnostics.Metrics;
using AkiDb.Bridge.AspNetCore.Telemetry;
using AkiDb.Bridge.Diagnostics;

namespace AkiDb.Bridge.UnitTests.AspNetCore.Telemetry;

public sealed class MetricCollectionTests
{
    [Fact]
    public async Task Two_that_look_at_once_both_see_every_series()
    {
        var name = $"akidb.test.{Guid.NewGuid():N}";
        using var meter = new Meter(BridgeTelemetry.Name);
        meter.CreateObservableGauge(name, () => Enumerable.Range(0, 20).Select(number => new Measurement<int>(number, new KeyValuePair<string, object?>("number", number))));
        using var collection = new MetricCollection();

        var counts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Enumerable.Range(0, 200).Select(_ => CountOf(name)).ToArray())));

        Assert.All(counts.SelectMany(one => one), count => Assert.Equal(20, count));

        int CountOf(string name) => collection.Look(families =>
        {
            var count = 0;
            families.Single(family => family.Instrument.Name == name).Read(_ => count++);
            return count;
        });
    }
}
