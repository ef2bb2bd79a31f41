namespace AkiDb.Bridge.Chaos;

/// <summary>One run of <c>akidb-bridge chaos</c>.</summary>
/// <remarks>
/// 1. Find.      The bridge's workers among the processes of this machine; anything else is refused.
/// 2. Baseline.  The vector of every text, from the undisturbed bridge.
/// 3. Callers.   First without faults.
/// 4. Faults.    The same callers, while workers die and hang.
/// 5. Settle.    Until all workers are ready again, for a bounded time; then whatever is left of old ones has leaked.
/// </remarks>
internal sealed class ChaosRun(ChaosSettings settings, TextWriter log, TimeProvider time)
{
    private const int Examples = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <exception cref="ChaosRefusedException">There is no verdict; the exception says why.</exception>
    public async Task<Verdict> RunAsync(CancellationToken cancellationToken)
    {
        using var bridge = new BridgeClient(settings.Address, settings.Timeout, settings.Fallback, settings.Key);
        var (before, _) = await WaitUntilAsync(bridge, status => status.AllReady, cancellationToken);
        var host = await ChaosTarget.FindHostAsync(settings.Address, before, cancellationToken);
        await log.WriteLineAsync(
            $"{before.Model} at {settings.Address}, host process {host}, workers {string.Join(", ", before.Workers.Select(worker => worker.Pid))}: "
            + $"{settings.Callers} callers, {settings.Undisturbed.TotalSeconds:F0} s without faults, then {settings.Duration.TotalSeconds:F0} s with one of "
            + $"{string.Join(", ", settings.Faults.Select(FaultNames.Of))} every {settings.KillEvery.TotalSeconds:G3} s, seed {settings.Seed}.");

        var callers = new Callers(settings, await Baseline.CollectAsync(bridge, cancellationToken), time);
        var undisturbed = await callers.RunAsync(settings.Undisturbed, cancellationToken);
        var descriptors = LinuxProcess.Descriptors(host);

        var injector = new FaultInjector(settings, bridge, host, time);
        injector.Remember(before);
        var calling = callers.RunAsync(settings.Duration, cancellationToken);
        await Task.WhenAll(calling, injector.RunAsync(settings.Duration, cancellationToken));

        var (after, recovery) = await SettleAsync(bridge, injector, host, descriptors, before, cancellationToken);
        return Judge(undisturbed, await calling, injector, before, after) with
        {
            RecoveryMilliseconds = after.AllReady ? recovery.TotalMilliseconds : null,
            DescriptorsBefore = descriptors,
            DescriptorsAfter = LinuxProcess.Descriptors(host),
        };
    }

    private Verdict Judge(IReadOnlyList<Outcome> undisturbed, IReadOnlyList<Outcome> disturbed, FaultInjector injector, BridgeStatus before, BridgeStatus after)
    {
        List<Outcome> outcomes = [.. undisturbed, .. disturbed];
        List<string> wrong = [.. outcomes.SelectMany(outcome => outcome.Wrong)];
        return new Verdict
        {
            Requests = outcomes.Count,
            Failures = outcomes.Select(outcome => outcome.Failure).OfType<string>().CountBy(code => code).ToDictionary(),
            FailureExamples = [.. outcomes.Where(outcome => outcome.Detail is not null).DistinctBy(outcome => outcome.Failure).Select(outcome => $"{outcome.Failure}: {outcome.Detail}")],
            WrongVectors = wrong.Count,
            WrongExamples = [.. wrong.Take(Examples)],
            Faults = injector.Counts.ToDictionary(pair => FaultNames.Of(pair.Key), pair => pair.Value),
            Undisturbed = Latencies.Of(undisturbed.Select(outcome => outcome.Latency)),
            WithFaults = Latencies.Of(disturbed.Select(outcome => outcome.Latency)),
            ServedBy = outcomes.Where(outcome => outcome.Failure is null).SelectMany(outcome => outcome.ServedBy.Split(','))
                .CountBy(engine => engine).OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary(),
            Restarts = after.Restarts - before.Restarts,
            BridgeState = after.State,
            Workers = before.Workers.Count,
            WorkersReady = after.Workers.Count(worker => worker.State == "ready"),
            LeakedProcesses = [.. injector.Left(after).Select(process => $"{process.Pid}: {process.CommandLine}")],
            Seed = settings.Seed,
        };
    }

    private async Task<(BridgeStatus Status, TimeSpan Waited)> SettleAsync(
        BridgeClient bridge, FaultInjector injector, int host, int? descriptors, BridgeStatus before, CancellationToken cancellationToken)
    {
        try
        {
            return await WaitUntilAsync(
                bridge, status => status.AllReady && injector.Left(status).Count == 0 && !Verdict.Leaks(descriptors, LinuxProcess.Descriptors(host)), cancellationToken);
        }
        catch (ChaosRefusedException)
        {
            // It answered before the faults: that it does not now is part of the verdict.
            return (before with { State = Verdict.Unreachable, Workers = [.. before.Workers.Select(worker => worker with { State = "unknown", Pid = null })] }, settings.Settle);
        }
    }

    private async Task<(BridgeStatus Status, TimeSpan Waited)> WaitUntilAsync(BridgeClient bridge, Func<BridgeStatus, bool> wanted, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var status = await bridge.StatusAsync(cancellationToken);
            var waited = time.GetElapsedTime(started);
            if (wanted(status) || waited > settings.Settle)
            {
                return (status, waited);
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }
}
