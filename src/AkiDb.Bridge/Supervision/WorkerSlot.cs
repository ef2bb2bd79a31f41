using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>One seat for a worker: fills it, watches it, fills it again.</summary>
/// <remarks>
/// 1. Fill it.                                    <see cref="WorkerBirth"/>
/// 2. Give the worker to the pool, and watch it.  <see cref="SlotWatch"/>
/// 3. It is due: its successor takes over first.  <see cref="Succession"/>, then <see cref="WorkerRetirement"/>
/// 4. It ended: find out why, say so, and pause.  <see cref="PostMortem"/>, then <see cref="Aftermath"/>
/// </remarks>
internal sealed class WorkerSlot
{
    private readonly int slot;
    private readonly SupervisionOptions options;
    private readonly WorkerPool pool;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly RestartRequest request = new();
    private readonly SlotStanding standing;
    private readonly WorkerBirth birth;
    private readonly SlotWatch watch;
    private readonly Succession succession;
    private readonly Aftermath aftermath;
    private readonly TaskCompletionSource settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WorkerLife? seated;
    private Task retiring = Task.CompletedTask;

    /// <param name="slot">Its number.</param>
    /// <param name="blueprint">What its workers are like.</param>
    /// <param name="options">How they are kept alive.</param>
    /// <param name="pool">Where they get their work.</param>
    /// <param name="turn">One permit for all slots: whose worker may be replaced now.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public WorkerSlot(
        int slot, WorkerBlueprint blueprint, SupervisionOptions options, WorkerPool pool, SemaphoreSlim turn, TimeProvider time, ILogger logger)
    {
        (this.slot, this.options, this.pool, this.time, this.logger) = (slot, options, pool, time, logger);
        standing = new SlotStanding(slot, time, logger);
        birth = new WorkerBirth(slot, blueprint, options, time, logger);
        watch = new SlotWatch(slot, blueprint, standing, pool, options, time, logger);
        succession = new Succession(slot, birth, request, turn, standing, options, time, logger);
        aftermath = new Aftermath(slot, request, standing, pool, options, time, logger);
    }

    public SlotStatus Status => standing.Status;

    /// <summary>Completes when its first worker is ready, or has failed.</summary>
    public Task Settled => settled.Task;

    /// <summary>Has the worker replaced; where none serves, the next one is started at once.</summary>
    public void Restart() => request.Make();

    /// <summary>Keeps the seat filled until <paramref name="stopping"/> is cancelled; returns when its worker has ended.</summary>
    public async Task RunAsync(IWorkerLauncher launcher, CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                await FillAsync(launcher, stopping).ConfigureAwait(false);
                await ServeAsync(launcher, stopping).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            if (seated is { } last)
            {
                seated = null;
                standing.MoveTo(SlotState.Draining);
                await RetireAsync(last).ConfigureAwait(false);
            }

            await retiring.ConfigureAwait(false);
            standing.MoveTo(SlotState.Stopped);
            Log.Stopped(logger, slot);
        }
        finally
        {
            // After a bug of ours no process may be left either.
            await retiring.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (seated is not null)
            {
                await seated.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task FillAsync(IWorkerLauncher launcher, CancellationToken stopping)
    {
        while (seated is null)
        {
            var (life, ending) = await birth.RunAsync(launcher, background: false, standing.MoveTo, stopping).ConfigureAwait(false);
            if (life is not null)
            {
                Seat(life);
                return;
            }

            settled.TrySetResult();
            await aftermath.WaitAsync(aftermath.Announce(ending!), stopping).ConfigureAwait(false);
        }
    }

    private async Task ServeAsync(IWorkerLauncher launcher, CancellationToken stopping)
    {
        var life = seated!;
        var delay = TimeSpan.Zero;
        using var alone = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var watching = watch.RunAsync(life, alone.Token);
        var succeeding = succession.RunAsync(life, launcher, alone.Token, stopping);
        var first = await Task.WhenAny(watching, succeeding).ConfigureAwait(false);
        if (watching.IsCompletedSuccessfully)
        {
            delay = await BuryAsync(life, await watching.ConfigureAwait(false)).ConfigureAwait(false);
        }

        await alone.CancelAsync().ConfigureAwait(false);
        await ((Task)watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var (heir, failure) = await succeeding.ConfigureAwait(false);
        if (heir is not null)
        {
            TakeOver(heir);
        }
        else if (seated is not null)
        {
            // The host stops.
            await first.ConfigureAwait(false);
        }
        else
        {
            await aftermath.WaitAsync(failure is null ? delay : aftermath.Announce(failure), stopping).ConfigureAwait(false);
        }
    }

    private void Seat(WorkerLife life)
    {
        request.Take();
        seated = life;
        standing.Seat(life);
        pool.Add(life.Worker!);
        settled.TrySetResult();
    }

    private void TakeOver(WorkerLife heir)
    {
        var old = seated;
        Seat(heir);
        if (old is not null)
        {
            Log.Replaced(logger, slot, heir.Pid, old.Pid);
            retiring = Task.WhenAll(retiring, RetireAsync(old));
        }
    }

    private Task RetireAsync(WorkerLife life) => WorkerRetirement.RunAsync(slot, life, pool, options.GracePeriod, time, logger);

    /// <returns>How long to wait before the next worker.</returns>
    private async Task<TimeSpan> BuryAsync(WorkerLife life, WatchEnd end)
    {
        var worker = life.Worker!;
        pool.Remove(worker);
        var ending = await PostMortem.ExamineAsync(life, end, time).ConfigureAwait(false);
        worker.Bury(new WorkerDeath($"{worker.Name} ended: {ending.Reason}", ending.InputSuspected));
        seated = null;
        var delay = aftermath.Announce(ending);
        standing.Inherit();
        await life.DisposeAsync().ConfigureAwait(false);
        return delay;
    }
}
