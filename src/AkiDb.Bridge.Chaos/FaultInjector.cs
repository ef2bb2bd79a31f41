namespace AkiDb.Bridge.Chaos;

/// <summary>Does something bad to a random worker, again and again, and remembers every process of a worker that it saw.</summary>
internal sealed class FaultInjector(ChaosSettings settings, BridgeClient bridge, int host, TimeProvider time)
{
    private readonly Random random = new(settings.Seed);
    private readonly Dictionary<Fault, FaultCount> counts = settings.Faults.ToDictionary(fault => fault, _ => default(FaultCount));
    private readonly HashSet<LinuxProcess> hit = [];
    private readonly HashSet<LinuxProcess> seen = [];

    /// <summary>What was done so far.</summary>
    public IReadOnlyDictionary<Fault, FaultCount> Counts => counts;

    /// <summary>Remembers the processes of the workers that a status names.</summary>
    /// <returns>The workers' families.</returns>
    public IReadOnlyList<WorkerFamily> Remember(BridgeStatus status)
    {
        var families = status.Workers.Select(worker => worker.Pid is { } pid ? WorkerFamily.Of(pid) : null).OfType<WorkerFamily>().Where(family => family.Host == host).ToList();
        seen.UnionWith(families.SelectMany(family => family.Processes));
        return families;
    }

    /// <summary>The processes of earlier workers that still exist, given the workers of now.</summary>
    public IReadOnlyList<LinuxProcess> Left(BridgeStatus status)
    {
        var current = Remember(status).SelectMany(family => family.Processes).ToHashSet();
        return [.. seen.Where(process => !current.Contains(process) && process.Exists())];
    }

    /// <summary>Injects faults until the time is over.</summary>
    public async Task RunAsync(TimeSpan length, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var timer = new PeriodicTimer(settings.KillEvery, time);
        while (time.GetElapsedTime(started) + settings.KillEvery <= length && await timer.WaitForNextTickAsync(cancellationToken))
        {
            var fault = settings.Faults[random.Next(settings.Faults.Count)];
            var count = counts[fault];
            counts[fault] = await InjectAsync(fault, cancellationToken) ? count with { Done = count.Done + 1 } : count with { NobodyThere = count.NobodyThere + 1 };
        }
    }

    private async Task<bool> InjectAsync(Fault fault, CancellationToken cancellationToken)
    {
        try
        {
            // A stopped or dying worker is named until the bridge has found out: it counts as gone.
            var alive = Remember(await bridge.StatusAsync(cancellationToken)).Select(family => family.Processes[0]).Where(worker => !hit.Contains(worker)).ToList();
            if (alive.Count == 0)
            {
                return false;
            }

            var worker = alive[random.Next(alive.Count)];
            return hit.Add(worker) && worker.Exists() && Signals.Send(worker.Pid, fault);
        }
        catch (ChaosRefusedException)
        {
            // The bridge does not say how it is: the callers' failures tell the rest.
            return false;
        }
    }
}
