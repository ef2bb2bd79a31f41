using AkiDb.Bridge.Processes;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>One slot for a worker: fills it, watches the worker, fills it again.</summary>
/// <remarks>
/// 1. Fill it.                                           <see cref="WorkerStarter"/>
/// 2. Give the worker to the pool, and watch it.         <see cref="HealthMonitor"/>
/// 3. It is due: its replacement takes over first.       <see cref="RollingReplacement"/>, then <see cref="GracefulShutdown"/>
/// 4. It ended: find out why, say so, and pause.         <see cref="CrashReporter"/>, then <see cref="SlotRecovery"/>
/// </remarks>
internal sealed class WorkerSlot
{
    private readonly int slot;
    private readonly SupervisionOptions options;
    private readonly WorkerPool pool;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly RestartRequest request = new();
    private readonly SlotStateMachine state;
    private readonly WorkerStarter starter;
    private readonly HealthMonitor monitor;
    private readonly RollingReplacement replacement;
    private readonly SlotRecovery recovery;
    private readonly TaskCompletionSource settled = new();
    private Task shutdowns = Task.CompletedTask;

    // One permit for all slots: whose worker may be replaced now.
    public WorkerSlot(
        int slot, WorkerBlueprint blueprint, SupervisionOptions options, WorkerPool pool, SemaphoreSlim replacementPermit, TimeProvider time, ILogger logger)
    {
        (this.slot, this.options, this.pool, this.time, this.logger) = (slot, options, pool, time, logger);
        state = new SlotStateMachine(slot, time, logger);
        starter = new WorkerStarter(slot, blueprint, options, time, logger);
        monitor = new HealthMonitor(slot, blueprint, state, pool, options, time, logger);
        replacement = new RollingReplacement(slot, starter, request, replacementPermit, state, options, blueprint.Jitter, time, logger);
        recovery = new SlotRecovery(slot, request, state, pool, options, blueprint.Jitter, time, logger);
    }

    public SlotStatus Status => state.Status;

    /// <summary>Completes when its first worker is ready, or has failed, or the slot is given up.</summary>
    public Task Settled => settled.Task;

    /// <summary>Has the worker replaced; where none serves, the next one is started at once.</summary>
    public void Restart() => request.Make();

    /// <summary>Keeps the slot filled until <paramref name="stopping"/> is cancelled; returns when its worker has ended.</summary>
    public async Task RunAsync(IWorkerLauncher launcher, CancellationToken stopping)
    {
        Exception? failure = null;
        try
        {
            while (true)
            {
                try
                {
                    await RecoverAsync(failure, stopping);
                    failure = null;
                    await FillAsync(launcher, stopping);
                    await ServeAsync(launcher, stopping);
                }
                catch (Exception error) when (!stopping.IsCancellationRequested)
                {
                    failure = error;
                }
            }
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            if (state.Serving is { } last)
            {
                state.MoveTo(SlotState.Draining);
                await ShutDownAsync(last);
            }

            await shutdowns;
            state.MoveTo(SlotState.Stopped);
            Log.Stopped(logger, slot);
        }
        finally
        {
            // After an internal error nobody may wait for ever, and no process may be left either.
            settled.TrySetResult();
            await shutdowns.WithoutThrowing();
            if (state.Serving is { } left)
            {
                await left.DisposeAsync();
            }
        }
    }

    // The host is short of something, or has an internal error: an outage of this worker, and never the end of supervision.
    private async Task RecoverAsync(Exception? failure, CancellationToken stopping)
    {
        if (failure is null)
        {
            return;
        }

        await Pause.ForAsync(options.BackOffBase, time, stopping);
        Log.SupervisionFailed(logger, slot, failure);
        var reason = $"Its supervision failed: {failure.Message}";
        if (state.Serving is { } instance)
        {
            await recovery.WaitAsync(await EndAsync(instance, new Symptom(reason) { Alive = true }), stopping);
        }
        else if (state.Status.State is not (SlotState.Stopped or SlotState.BackingOff or SlotState.Quarantined))
        {
            await recovery.WaitAsync(recovery.Begin(new WorkerEnd(reason)), stopping);
        }
    }

    private async Task FillAsync(IWorkerLauncher launcher, CancellationToken stopping)
    {
        while (state.Serving is null)
        {
            var (instance, end) = await starter.RunAsync(launcher, background: false, state.ReportStart, stopping);
            if (instance is not null)
            {
                Install(instance);
                return;
            }

            settled.TrySetResult();
            await recovery.WaitAsync(recovery.Begin(end!), stopping);
        }
    }

    private async Task ServeAsync(IWorkerLauncher launcher, CancellationToken stopping)
    {
        var instance = state.Serving!;
        var delay = TimeSpan.Zero;
        using var serves = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var watching = monitor.RunAsync(instance, serves.Token);
        var replacing = replacement.RunAsync(instance, launcher, serves.Token, stopping);
        var first = await Task.WhenAny(watching, replacing);
        try
        {
            if (watching.IsCompletedSuccessfully)
            {
                delay = await EndAsync(instance, await watching);
            }
        }
        catch
        {
            serves.Cancel();
            await ForgetAsync(replacing);
            throw;
        }

        serves.Cancel();
        await ((Task)watching).WithoutThrowing();
        var (next, failure) = await replacing;
        if (next is not null)
        {
            Install(next);
        }
        else if (state.Serving is not null)
        {
            // The host stops.
            await first;
        }
        else
        {
            await recovery.WaitAsync(failure is null ? delay : recovery.Begin(failure), stopping);
        }
    }

    private void Install(WorkerInstance instance)
    {
        request.Take();
        if (state.Serving is not { } old)
        {
            state.Install(instance);
            pool.Add(instance.Worker!);
            settled.TrySetResult();
            return;
        }

        try
        {
            state.Install(instance);
            pool.Add(instance.Worker!);
            Log.Replaced(logger, slot, instance.Pid, old.Pid);
        }
        finally
        {
            // Whatever fails above, nobody else knows the old one any more.
            shutdowns = Task.WhenAll(shutdowns, ShutDownAsync(old));
        }
    }

    private async Task ForgetAsync(Task<(WorkerInstance? Instance, WorkerEnd? End)> replacing)
    {
        await ((Task)replacing).WithoutThrowing();
        if (replacing.IsCompletedSuccessfully && (await replacing).Instance is { } unused)
        {
            state.TryForgetReplacement();
            await unused.DisposeAsync();
        }
    }

    private Task ShutDownAsync(WorkerInstance instance) => GracefulShutdown.RunAsync(slot, instance, pool, options.GracePeriod, time, logger);

    /// <returns>How long to wait before the next worker.</returns>
    private async Task<TimeSpan> EndAsync(WorkerInstance instance, Symptom symptom)
    {
        var worker = instance.Worker!;
        pool.Remove(worker);
        var end = await CrashReporter.ExamineAsync(instance, symptom, time);
        worker.MarkExited(new ExitNotice($"{worker.Name} ended: {end.Reason}", end.InputSuspected));
        try
        {
            return recovery.Begin(end);
        }
        finally
        {
            // Whatever fails above, the slot knows the worker still and ends it once more; from here on it does not.
            await instance.DisposeAsync();
        }
    }
}
