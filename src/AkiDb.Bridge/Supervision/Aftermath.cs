using System.Globalization;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>What follows when a worker has ended, or none could be started: the slot's move, the log line, the word to those who wait, and the pause.</summary>
internal sealed class Aftermath(
    int slot, RestartRequest request, SlotStanding standing, WorkerPool pool, SupervisionOptions options, TimeProvider time, ILogger logger)
{
    private readonly RestartPlan plan = new(options, time, Random.Shared.NextDouble);
    private string? lastMisconfiguration;

    /// <summary>Moves the slot on, and says why.</summary>
    /// <returns>How long to wait before the next worker is started.</returns>
    public TimeSpan Announce(WorkerEnding ending)
    {
        var (state, delay) = plan.After(ending);
        standing.Ended(ending, state);
        if (ending.Misconfigured || state == SlotState.Quarantined)
        {
            pool.ReportOutage(new BridgeError(BridgeErrorKind.NoEngine, ending.Reason) { RetryAfter = delay }, slot);
        }

        if (ending.Misconfigured)
        {
            AnnounceMisconfigured(ending.Reason, delay);
            return delay;
        }

        lastMisconfiguration = null;
        if (ending.Crash is { } crash)
        {
            Log.Died(
                logger, slot, ending.Reason, crash.Explanation is null ? "" : crash.Explanation + " ", crash.Uptime, Describe(crash.InFlight), Describe(crash.MemoryBytes), delay,
                crash.Traceback is null ? "" : $" Python says: {crash.Traceback}{Environment.NewLine}",
                crash.Stderr.Count == 0 ? "" : $" Its last words: {string.Join(" | ", crash.Stderr.TakeLast(5))}");
        }

        if (state == SlotState.Quarantined)
        {
            Log.Quarantined(logger, slot, delay, options.QuarantineAfter, options.QuarantineWindow, ending.Reason);
        }

        return delay;
    }

    /// <summary>Waits for so long, or until somebody asks for a worker.</summary>
    public async Task WaitAsync(TimeSpan delay, CancellationToken stopping)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(Task.Delay(delay, time, enough.Token), request.Made).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
        stopping.ThrowIfCancellationRequested();
        request.Take();
    }

    private static string Describe(IReadOnlyList<BatchSize> batches) => batches.Count == 0
        ? "nothing"
        : string.Join(" and ", batches.Select(batch => string.Create(CultureInfo.InvariantCulture, $"{batch.Texts} texts ({batch.Tokens} tokens)")));

    private static string Describe(long? memory) =>
        memory is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MiB of memory") : "memory that is not known";

    // It is tried again and again; once is enough for somebody to be called.
    private void AnnounceMisconfigured(string reason, TimeSpan delay)
    {
        if (reason == lastMisconfiguration)
        {
            Log.StillMisconfigured(logger, slot, reason);
        }
        else
        {
            Log.Misconfigured(logger, slot, reason, delay);
        }

        lastMisconfiguration = reason;
    }
}
