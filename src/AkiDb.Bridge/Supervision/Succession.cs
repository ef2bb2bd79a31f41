using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>Replaces a worker that serves: the next one is ready before it goes.</summary>
/// <remarks>
/// 1. Wait until it is due.      By count, age, memory, or because somebody asks.
/// 2. Wait for the turn.         Never two slots at once.
/// 3. Bring a successor up.      It fails: the old one goes on, and it is tried again later.
/// </remarks>
/// <param name="slot">The slot.</param>
/// <param name="birth">Brings a worker up.</param>
/// <param name="request">Somebody asks for a new one.</param>
/// <param name="turn">One permit for all slots.</param>
/// <param name="standing">Shows how far the successor is.</param>
/// <param name="options">The limits.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class Succession(
    int slot, WorkerBirth birth, RestartRequest request, SemaphoreSlim turn, SlotStanding standing, SupervisionOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>Waits until a worker is due, and brings its successor up.</summary>
    /// <param name="old">The worker that serves.</param>
    /// <param name="launcher">Starts processes.</param>
    /// <param name="alone">Cancelled when the old one has ended: a successor on its way is still brought up, none is begun.</param>
    /// <param name="stopping">The host stops.</param>
    /// <returns>The successor; or, once the old one has ended, why it failed; or neither.</returns>
    public async Task<(WorkerLife? Life, WorkerEnding? Ending)> RunAsync(
        WorkerLife old, IWorkerLauncher launcher, CancellationToken alone, CancellationToken stopping)
    {
        var backOff = new BackOff(options.BackOffBase, options.BackOffMax, Random.Shared.NextDouble);
        try
        {
            var reason = await DueAsync(old, alone).ConfigureAwait(false);
            Log.Replacing(logger, slot, reason);
            while (true)
            {
                var (life, ending) = await TryAsync(launcher, alone, stopping).ConfigureAwait(false);
                if (life is not null || !standing.ForgetSuccessor())
                {
                    return (life, ending);
                }

                var delay = ending!.Misconfigured ? options.MisconfiguredRetry.Value : backOff.Next();
                Log.NotReplaced(logger, slot, ending.Reason, delay);
                await Task.Delay(delay, time, alone).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (alone.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            return (null, null);
        }
    }

    private async Task<(WorkerLife? Life, WorkerEnding? Ending)> TryAsync(IWorkerLauncher launcher, CancellationToken alone, CancellationToken stopping)
    {
        await turn.WaitAsync(alone).ConfigureAwait(false);
        try
        {
            request.Take();
            return await birth.RunAsync(launcher, background: true, standing.ReportSuccessor, stopping).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<string> DueAsync(WorkerLife life, CancellationToken alone)
    {
        var warned = false;
        while (true)
        {
            var (first, last) = (life.FirstPong?.RssBytes, life.LastPong?.RssBytes);
            if (RecycleRule.Due(options, life.Served, life.Service ?? TimeSpan.Zero, last, first) is { } due)
            {
                return due;
            }

            if (!warned && options.RecycleMemory > 0 && first > options.RecycleMemory)
            {
                Log.RecycleMemoryTooLow(logger, slot, first.Value);
                warned = true;
            }

            var pause = Task.Delay(options.PingInterval, time, alone);
            await Task.WhenAny(pause, request.Made).ConfigureAwait(false);
            alone.ThrowIfCancellationRequested();
            if (request.Made.IsCompleted)
            {
                return "somebody asked for it";
            }

            await pause.ConfigureAwait(false);
        }
    }
}
