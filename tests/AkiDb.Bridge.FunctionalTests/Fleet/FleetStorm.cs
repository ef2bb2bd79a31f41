namespace AkiDb.Bridge.FunctionalTests.Fleet;

/// <summary>What happens to machines, at random: one thing at a time to each of two hosts, so that one of three is always well.</summary>
internal sealed class FleetStorm(IReadOnlyList<FleetHost> hosts, int seed)
{
    private readonly SortedDictionary<string, int> counts = [];
    private readonly Queue<FleetHost> well = new(hosts);

    /// <summary>What has happened, and how often.</summary>
    public string Summary
    {
        get
        {
            lock (counts)
            {
                return string.Join(", ", counts.Select(count => $"{count.Value} x {count.Key}"));
            }
        }
    }

    /// <summary>Rages for a time; at the end every host is well again.</summary>
    public Task RunAsync(TimeSpan length) => Task.WhenAll(RunAsync(length, new Random(seed)), RunAsync(length, new Random(seed + 1)));

    private async Task RunAsync(TimeSpan length, Random random)
    {
        for (var began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < length;)
        {
            FleetHost host;
            lock (well)
            {
                host = well.Dequeue();
            }

            await HurtAsync(host, random);
            lock (well)
            {
                well.Enqueue(host);
            }

            // Until the balancer has seen that it is back.
            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        }
    }

    private async Task HurtAsync(FleetHost host, Random random)
    {
        var length = TimeSpan.FromSeconds(1 + (3 * random.NextDouble()));
        (string Name, Func<Task> Do)[] faults =
        [
            ("kill -9", host.KillAsync), ("drain", host.DrainAsync), ("SIGSTOP", () => host.FreezeAsync(length)), ("partition", () => host.CutOffAsync(length)), ("slow down", () => host.SlowDownAsync(length)),
        ];
        var fault = faults[random.Next(faults.Length)];
        lock (counts)
        {
            counts[fault.Name] = counts.GetValueOrDefault(fault.Name) + 1;
        }

        await fault.Do();
    }
}
