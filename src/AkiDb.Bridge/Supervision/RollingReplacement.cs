using AkiDb.Bridge.Processes;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>Replaces a worker that serves: the next one is ready before it goes.</summary>
/// <remarks>
/// 1. Wait until it is due.      By count, age, memory, or because somebody asks.
/// 2. Wait for the permit.       Never two slots at once.
/// 3. Start a replacement.       It fails: the old one goes on, and it is tried again later.
/// </remarks>
internal sealed class RollingReplacement(
    int slot,
    WorkerStarter starter,
    RestartRequest request,
    SemaphoreSlim permit,
    SlotStateMachine state,
    SupervisionOptions options,
    Func<double> jitter,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>Waits until a worker is due, and starts its replacement.</summary>
    /// <param name="old">The worker that serves.</param>
    /// <param name="launcher">Starts processes.</param>
    /// <param name="oldServes">Cancelled when the old one has ended: a replacement on its way is still brought up, none is begun.</param>
    /// <param name="stopping">The host stops.</param>
    /// <returns>The replacement; or, once the old one has ended, why it failed; or neither.</returns>
    public async Task<(WorkerInstance? Instance, WorkerEnd? End)> RunAsync(
        WorkerInstance old, IWorkerLauncher launcher, CancellationToken oldServes, CancellationToken stopping)
    {
        try
        {
            var reason = await DueAsync(old, oldServes);
            Log.Replacing(logger, slot, reason);
            for (var failures = 0; ; failures++)
            {
                var (instance, end) = await TryAsync(launcher, oldServes, stopping);
                if (instance is not null || !state.TryForgetReplacement())
                {
                    return (instance, end);
                }

                var delay = end!.Misconfigured ? options.MisconfiguredRetry : RestartPolicy.BackOff(options, failures) * jitter();
                Log.NotReplaced(logger, slot, end.Reason, delay);
                await Pause.ForAsync(delay, time, oldServes);
            }
        }
        catch (OperationCanceledException) when (oldServes.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            return (null, null);
        }
    }

    private async Task<(WorkerInstance? Instance, WorkerEnd? End)> TryAsync(IWorkerLauncher launcher, CancellationToken oldServes, CancellationToken stopping)
    {
        await permit.WaitAsync(oldServes);
        try
        {
            request.Take();
            return await starter.RunAsync(launcher, background: true, state.ReportStart, stopping);
        }
        finally
        {
            permit.Release();
        }
    }

    private async Task<string> DueAsync(WorkerInstance instance, CancellationToken oldServes)
    {
        var warned = false;
        while (true)
        {
            var (first, last) = (instance.FirstPong?.RssBytes, instance.LastPong?.RssBytes);
            if (RecycleRule.Due(options, instance.Served, instance.Service ?? TimeSpan.Zero, last, first) is { } due)
            {
                return due;
            }

            if (!warned && options.RecycleMemory > 0 && first > options.RecycleMemory)
            {
                Log.RecycleMemoryTooLow(logger, slot, first.Value);
                warned = true;
            }

            var pause = Pause.ForAsync(options.PingInterval, time, oldServes);
            await Task.WhenAny(pause, request.Made);
            oldServes.ThrowIfCancellationRequested();
            if (request.Made.IsCompleted)
            {
                return "somebody asked for it";
            }

            await pause;
        }
    }
}
