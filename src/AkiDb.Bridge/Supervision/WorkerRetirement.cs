using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>Ends a worker that does nothing wrong: what it has in flight is finished, as far as the grace period allows.</summary>
/// <remarks>
/// 1. It gets nothing new, and finishes what it has.
/// 2. It is asked to exit.
/// 3. After the grace period it is sent SIGTERM; a second later it is killed.
/// </remarks>
internal static class WorkerRetirement
{
    private static readonly TimeSpan TermWait = TimeSpan.FromSeconds(1);

    /// <summary>Ends it. Every wait is bounded.</summary>
    public static async Task RunAsync(int slot, WorkerLife life, WorkerPool pool, TimeSpan gracePeriod, TimeProvider time, ILogger logger)
    {
        var worker = life.Worker!;
        using var grace = new CancellationTokenSource(gracePeriod, time);
        try
        {
            // Who holds a seat may not have sent its batch yet. A worker that dies meanwhile must be buried first, or its batches are not given up.
            await Task.WhenAny(pool.Suspend(worker), life.Connection.Closed).WaitAsync(grace.Token).ConfigureAwait(false);
            await life.Connection.ShutDownAsync(grace.Token).ConfigureAwait(false);
            await life.Process.Exited.WaitAsync(grace.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (grace.IsCancellationRequested)
        {
            Log.GracePeriodOver(logger, slot, gracePeriod);
            life.Process.Terminate();
            await ((Task)life.Process.Exited).WaitAsync(TermWait, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            pool.Remove(worker);
            worker.Bury(new WorkerDeath($"{worker.Name} was ended by the host.", InputSuspected: false));
            await life.DisposeAsync().ConfigureAwait(false);
        }
    }
}
