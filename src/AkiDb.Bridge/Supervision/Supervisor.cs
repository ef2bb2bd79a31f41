using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>All slots of one model: starts them one after the other, and stops them with nothing left behind.</summary>
internal sealed class Supervisor : IDisposable
{
    private readonly WorkerBlueprint blueprint;
    private readonly SupervisionOptions options;
    private readonly TimeProvider time;
    private readonly WorkerSlot[] slots;

    // Two workers more than configured may be too many for the memory of a machine that holds the configured ones well.
    private readonly SemaphoreSlim replacementPermit = new(1, 1);
    private readonly SupervisionThread? thread;

    public Supervisor(WorkerBlueprint blueprint, int workers, SupervisionOptions options, WorkerPool pool, TimeProvider time, ILogger<Supervisor> logger)
    {
        thread = time == TimeProvider.System ? new SupervisionThread() : null;
        (this.blueprint, this.options, this.time) = (blueprint, options, thread ?? time);
        slots = [.. Enumerable.Range(0, workers).Select(slot => new WorkerSlot(slot, blueprint, options, pool, replacementPermit, this.time, logger))];
    }

    /// <summary>What every slot is doing.</summary>
    public IReadOnlyList<SlotStatus> Status => [.. slots.Select(slot => slot.Status)];

    /// <summary>Completes when every slot has had its first try: its worker is ready, or has failed.</summary>
    public Task Settled => Task.WhenAll(slots.Select(slot => slot.Settled));

    /// <summary>Has the worker of a slot replaced, without a gap where one serves.</summary>
    /// <returns>False when there is no such slot.</returns>
    public bool Restart(int slot)
    {
        if (slot < 0 || slot >= slots.Length)
        {
            return false;
        }

        slots[slot].Restart();
        return true;
    }

    /// <summary>Keeps every slot filled until <paramref name="stopping"/> is cancelled; returns when no worker is left.</summary>
    public Task RunAsync(CancellationToken stopping) => thread is null ? KeepFilledAsync(stopping) : thread.RunAsync(() => KeepFilledAsync(stopping));

    /// <inheritdoc/>
    public void Dispose()
    {
        replacementPermit.Dispose();
        thread?.Dispose();
    }

    private async Task KeepFilledAsync(CancellationToken stopping)
    {
        await using var launcher = blueprint.CreateLauncher();
        var running = new List<Task>();
        foreach (var slot in slots.TakeWhile(_ => !stopping.IsCancellationRequested))
        {
            running.Add(slot.RunAsync(launcher, stopping));
            using var bound = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            await Task.WhenAny(slot.Settled, Pause.ForAsync(options.StartStagger, time, bound.Token));
            bound.Cancel();
        }

        // A slot ends only with the host, and what fails in that moment reaches the host.
        await Task.WhenAll(running);
    }
}
