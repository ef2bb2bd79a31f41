using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>Watches the worker in a slot, by pings and by probes, and keeps one that does not answer out of the pool.</summary>
internal sealed class SlotWatch(
    int slot, WorkerBlueprint blueprint, SlotStanding standing, WorkerPool pool, SupervisionOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>Watches until the worker must be replaced.</summary>
    /// <returns>Why.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<WatchEnd> RunAsync(WorkerLife life, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pings = new WorkerWatch(life.Connection, life.Process.Exited, options, time)
        {
            OnPong = life.NotePong,
            OnResponsive = responsive => Change(life.Worker!, responsive),
        };
        var watch = pings.RunAsync(over.Token);
        var probes = IdleProbe.RunAsync(life, blueprint, options.ProbeInterval, time, over.Token);
        var first = await Task.WhenAny(watch, probes).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        await ((Task)Task.WhenAll(watch, probes)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await first.ConfigureAwait(false);
    }

    private void Change(Worker worker, bool responsive)
    {
        if (responsive)
        {
            worker.MarkResponsive();
            standing.MoveTo(SlotState.Ready);
            pool.Add(worker);
            Log.Recovered(logger, slot);
        }
        else
        {
            pool.Suspend(worker);
            standing.MoveTo(SlotState.Unhealthy);
            worker.MarkUnresponsive();
            Log.Unhealthy(logger, slot, options.PingTimeout);
        }
    }
}
