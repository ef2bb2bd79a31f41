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
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAll(slots.Select(KeepFilledAsync)).ConfigureAwait(false);

        // A slot ends only with the host. One that fails is a bug of ours: it takes the others with it, and the failure reaches the host.
        async Task KeepFilledAsync(WorkerSlot slot)
        {
            try
            {
                await slot.RunAsync(thread, ending.Token).ConfigureAwait(false);
            }
            catch
            {
                await ending.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }
    }
}
