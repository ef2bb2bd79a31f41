using AkiDb.Bridge.Processes;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>Watches the worker of a slot, by pings, by probes and by what it writes, and keeps one that does not answer out of the pool.</summary>
internal sealed class HealthMonitor(
    int slot, WorkerBlueprint blueprint, SlotStateMachine state, WorkerPool pool, SupervisionOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>Watches until the worker must be replaced.</summary>
    /// <returns>Why.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<Symptom> RunAsync(WorkerInstance instance, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var monitor = new PingMonitor(instance.Connection, instance.Process.Exited, options, time)
        {
            OnPong = instance.RecordPong,
            OnResponsive = responsive => Change(instance.Worker!, responsive),
            OnLate = () => Log.HostWasLate(logger, slot),
        };
        var pings = monitor.RunAsync(over.Token);
        var probes = IdleProbe.RunAsync(instance, blueprint, options.ProbeInterval, time, over.Token);
        var flood = FloodAsync(instance.Process);
        var first = await Task.WhenAny(pings, probes, flood);
        over.Cancel();
        await ((Task)Task.WhenAll(pings, probes)).WithoutThrowing();
        try
        {
            return await first;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // The host is short of something. A worker that nobody can watch is not trusted.
            return new Symptom($"It could not be watched: {error.Message}") { Alive = true };
        }
    }

    private static async Task<Symptom> FloodAsync(IWorkerProcess process) => new(await process.Flooded) { Alive = true };

    private void Change(Worker worker, bool responsive)
    {
        if (responsive)
        {
            worker.MarkResponsive();
            state.MoveTo(SlotState.Ready);
            pool.Add(worker);
            Log.Recovered(logger, slot);
        }
        else
        {
            pool.Suspend(worker);
            state.MoveTo(SlotState.Unhealthy);
            worker.MarkUnresponsive();
            Log.Unhealthy(logger, slot, options.PingTimeout);
        }
    }
}
