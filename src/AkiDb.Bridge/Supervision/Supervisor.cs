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
    private readonly SemaphoreSlim turn = new(1, 1);

    /// <param name="blueprint">What its workers are like.</param>
    /// <param name="workers">How many slots.</param>
    /// <param name="options">How workers are kept alive.</param>
    /// <param name="pool">Where they get their work.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public Supervisor(WorkerBlueprint blueprint, int workers, SupervisionOptions options, WorkerPool pool, TimeProvider time, ILogger<Supervisor> logger)
    {
        (this.blueprint, this.options, this.time) = (blueprint, options, time);
        slots = [.. Enumerable.Range(0, workers).Select(slot => new WorkerSlot(slot, blueprint, options, pool, turn, time, logger))];
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
    public async Task RunAsync(CancellationToken stopping)
    {
        await using var launcher = blueprint.CreateLauncher();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var running = new List<Task>();
        foreach (var slot in slots.TakeWhile(_ => !ending.IsCancellationRequested))
        {
            running.Add(KeepFilledAsync(slot));
            using var bound = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
            await Task.WhenAny(slot.Settled, Task.Delay(options.StartStagger, time, bound.Token)).ConfigureAwait(false);
            await bound.CancelAsync().ConfigureAwait(false);
        }

        await Task.WhenAll(running).ConfigureAwait(false);

        // A slot ends only with the host. One that fails is a bug of ours: it takes the others with it, and the failure reaches the host.
        async Task KeepFilledAsync(WorkerSlot slot)
        {
            try
            {
                await slot.RunAsync(launcher, ending.Token).ConfigureAwait(false);
            }
            catch
            {
                await ending.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();
}
