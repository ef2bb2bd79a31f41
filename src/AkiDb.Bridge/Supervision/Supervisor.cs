using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>All slots of one model: starts them, and stops them with nothing left behind.</summary>
internal sealed class Supervisor
{
    private readonly WorkerSlot[] slots;

    public Supervisor(WorkerBlueprint blueprint, SupervisionOptions options, WorkerPool pool, TimeProvider time, ILogger<Supervisor> logger) =>
        slots = [.. Enumerable.Range(0, options.Workers).Select(slot => new WorkerSlot(slot, blueprint, options, pool, time, logger))];

    /// <summary>What every slot is doing.</summary>
    public IReadOnlyList<SlotStatus> Status => [.. slots.Select(slot => slot.Status)];

    /// <summary>Keeps every slot filled until <paramref name="stopping"/> is cancelled; returns when no worker is left.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var thread = new ProcessThread();
        await Task.WhenAll(slots.Select(slot => slot.RunAsync(thread, stopping))).ConfigureAwait(false);
    }
}
