using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>Ends a worker that does nothing wrong: what it has in flight is finished, as far as the grace period allows.</summary>
/// <remarks>
/// 1. It gets nothing new, and finishes what it has.
/// 2. It is asked to exit.
/// 3. After the grace period it is sent SIGTERM; a second later it is killed.
/// </remarks>
internal static class GracefulShutdown
{
    private static readonly TimeSpan TermWait = TimeSpan.FromSeconds(1);

    /// <summary>Ends it. Every wait is bounded.</summary>
    public static async Task RunAsync(int slot, WorkerInstance instance, WorkerPool pool, TimeSpan gracePeriod, TimeProvider time, ILogger logger)
    {
        var worker = instance.Worker!;
        using var grace = new CancellationTokenSource(gracePeriod, time);
        try
        {
            // Who holds a lease may not have sent its batch yet. A worker that dies meanwhile must be marked as exited first, or its batches are not given up.
            await Task.WhenAny(pool.Suspend(worker), instance.Connection.Closed).WaitAsync(grace.Token);
            await instance.Connection.ShutDownAsync(grace.Token);
            await instance.Process.Exited.WaitAsync(grace.Token);
        }
        catch (OperationCanceledException) when (grace.IsCancellationRequested)
        {
            Log.GracePeriodOver(logger, slot, gracePeriod);
            instance.Process.Terminate();
            await ((Task)instance.Process.Exited).WaitAsync(TermWait, time).WithoutThrowing();
        }
        finally
        {
            pool.Remove(worker);
            worker.MarkExited(new ExitNotice($"{worker.Name} was ended by the host.", InputSuspected: false));
            await instance.DisposeAsync();
        }
    }
}
