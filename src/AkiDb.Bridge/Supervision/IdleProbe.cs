namespace AkiDb.Bridge.Supervision;

/// <summary>Has a worker that gets no work compute the probe now and then: one that answers pings may still be unable to compute, or compute wrongly.</summary>
internal static class IdleProbe
{
    /// <summary>Probes until a probe fails.</summary>
    /// <returns>Why the worker must be replaced.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static async Task<Symptom> RunAsync(
        WorkerInstance instance, WorkerBlueprint blueprint, TimeSpan interval, TimeProvider time, CancellationToken cancellationToken)
    {
        var worker = instance.Worker!;
        while (true)
        {
            var before = worker.Computed;
            await Pause.ForAsync(interval, time, cancellationToken);
            var idle = worker.Computed == before && instance.Connection.InFlight == 0 && !worker.Unresponsive.IsCompleted;
            if (idle && await ProbeAsync(instance, blueprint, cancellationToken) is { } refusal)
            {
                // One that has died meanwhile has something else to be said about.
                return instance.Connection.Closed.IsCompleted
                    ? new Symptom(await instance.Connection.Closed)
                    : new Symptom($"Its readiness probe failed: {refusal.Message}") { Alive = true };
            }
        }
    }

    // What may have been the host's fault, such as an answer that came too late, is asked for again.
    private static async Task<BridgeError?> ProbeAsync(WorkerInstance instance, WorkerBlueprint blueprint, CancellationToken cancellationToken) =>
        await instance.ProbeAsync(blueprint, cancellationToken) is { } refusal
            ? refusal.IsTransient ? await instance.ProbeAsync(blueprint, cancellationToken) : refusal
            : null;
}
