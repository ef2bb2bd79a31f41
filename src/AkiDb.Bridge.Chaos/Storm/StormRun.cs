namespace AkiDb.Bridge.Chaos.Storm;

/// <summary>A storm: callers that nobody would wish for, while workers die, freeze and lie; and what became of every single request.</summary>
/// <remarks>
/// 1. Baseline.  The right vector of every text, from the undisturbed bridge.
/// 2. Storm.     Callers of their own addresses, and faults.
/// 3. Quiet.     Everybody has gone: every permit must come back, and no process of an earlier worker may be left.
/// </remarks>
/// <param name="settings">The bridge, the faults, how long, how many callers.</param>
/// <param name="time">The clock.</param>
internal sealed class StormRun(ChaosSettings settings, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <exception cref="ChaosRefusedException">There is no verdict; the exception says why.</exception>
    public async Task<StormVerdict> RunAsync(CancellationToken cancellationToken)
    {
        using var bridge = new BridgeClient(settings.Address, settings.Timeout, settings.Fallback, settings.Key);
        var before = await bridge.StatusAsync(cancellationToken);
        var host = await ChaosTarget.FindHostAsync(settings.Address, before, cancellationToken);
        var baseline = await Baseline.CollectAsync(bridge, cancellationToken);
        var injector = new FaultInjector(settings, bridge, host, time);
        injector.Remember(before);

        List<StormCaller> callers = [.. Enumerable.Range(0, settings.Callers).Select(number => new StormCaller(settings.Address, baseline, number, settings.Seed, time))];
        try
        {
            await Task.WhenAll([injector.RunAsync(settings.Duration, cancellationToken), .. callers.Select(caller => caller.RunAsync(settings.Duration, cancellationToken))]);
            var (admitted, left) = await QuietAsync(bridge, injector, cancellationToken);
            var fates = callers.SelectMany(caller => caller.Fates).GroupBy(pair => pair.Key).ToDictionary(group => group.Key, group => group.Sum(pair => pair.Value));
            return new StormVerdict(
                fates, admitted, left, injector.Counts.Values.Sum(count => count.Done), [.. callers.SelectMany(caller => caller.Examples).Take(10)]);
        }
        finally
        {
            callers.ForEach(caller => caller.Dispose());
        }
    }

    private async Task<(long Admitted, int Left)> QuietAsync(BridgeClient bridge, FaultInjector injector, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var status = await bridge.StatusAsync(cancellationToken);
            var (admitted, left) = (status.AdmittedTokens, injector.Left(status).Count);
            if ((admitted == 0 && left == 0 && status.AllReady) || time.GetElapsedTime(started) > settings.Settle)
            {
                return (admitted, left);
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }
}
