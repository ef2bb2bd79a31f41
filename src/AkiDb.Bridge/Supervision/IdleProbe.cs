namespace AkiDb.Bridge.Supervision;

/// <summary>Has a worker that gets no work compute the probe now and then: one that answers pings may still be unable to compute, or compute wrongly.</summary>
internal static class IdleProbe
{
    /// <summary>Probes until a probe fails.</summary>
    /// <returns>Why the worker must be replaced.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static async Task<WatchEnd> RunAsync(
        WorkerLife life, WorkerBlueprint blueprint, TimeSpan interval, TimeProvider time, CancellationToken cancellationToken)
    {
        var worker = life.Worker!;
        while (true)
        {
            var before = worker.Computed;
            await Task.Delay(interval, time, cancellationToken).ConfigureAwait(false);
            var idle = worker.Computed == before && life.Connection.InFlight == 0 && !worker.Unresponsive.IsCompleted;
            if (idle && await life.ProbeAsync(blueprint, cancellationToken).ConfigureAwait(false) is { } refusal)
            {
                // One that has died meanwhile has something else to be said about.
                return life.Connection.Closed.IsCompleted
                    ? new WatchEnd(await life.Connection.Closed.ConfigureAwait(false))
                    : new WatchEnd($"Its readiness probe failed: {refusal.Message}") { Alive = true };
            }
        }
    }
}
