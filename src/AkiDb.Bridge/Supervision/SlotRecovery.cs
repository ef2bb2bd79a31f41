using System.Globalization;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>What follows when a worker has ended, or none could be started: the slot's move, the log line, the word to those who wait, and the pause.</summary>
internal sealed class SlotRecovery(
    int slot, RestartRequest request, SlotStateMachine state, WorkerPool pool, SupervisionOptions options, Func<double> jitter, TimeProvider time, ILogger logger)
{
    private readonly RestartPolicy policy = new(options, time, jitter);
    private string? lastMisconfiguration;

    /// <summary>Moves the slot on, and says why.</summary>
    /// <returns>How long to wait before the next worker is started.</returns>
    public TimeSpan Begin(WorkerEnd end)
    {
        var (next, delay) = policy.After(end);
        state.RecordEnd(end, next);
        if (end.Misconfigured || next == SlotState.Quarantined)
        {
            pool.ReportOutage(new BridgeError(BridgeErrorKind.NoEngine, end.Reason) { RetryAfter = delay }, slot);
        }

        if (end.Misconfigured)
        {
            ReportMisconfigured(end.Reason, delay);
            return delay;
        }

        lastMisconfiguration = null;
        ReportCrash(end, delay);
        if (next == SlotState.Quarantined)
        {
            Log.Quarantined(logger, slot, delay, options.QuarantineAfter, options.QuarantineWindow, end.Reason);
        }

        return delay;
    }

    /// <summary>Waits for so long, or until somebody asks for a worker.</summary>
    public async Task WaitAsync(TimeSpan delay, CancellationToken stopping)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(Pause.ForAsync(delay, time, over.Token), request.Made);
        over.Cancel();
        stopping.ThrowIfCancellationRequested();
        request.Take();
    }

    private static string Describe(IReadOnlyList<BatchSize> batches) => batches.Count == 0
        ? "nothing"
        : string.Join(" and ", batches.Select(batch => string.Create(CultureInfo.InvariantCulture, $"{batch.Texts} texts ({batch.Tokens} tokens)")));

    private static string Describe(long? memory) =>
        memory is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MiB of memory") : "memory that is not known";

    private void ReportCrash(WorkerEnd end, TimeSpan delay)
    {
        if (end.Crash is not { } crash)
        {
            Log.NotStarted(logger, slot, end.Reason, delay);
            return;
        }

        // One line, whatever a worker has written: in a log of lines nobody may begin one but the host.
        Log.Died(
            logger, slot, end.Reason, crash.Explanation is null ? "" : crash.Explanation + " ", crash.Uptime, Describe(crash.InFlight), Describe(crash.MemoryBytes), delay,
            crash.Traceback is null ? "" : $" Python says: {crash.Traceback.ReplaceLineEndings(" | ")}",
            crash.Stderr.Count == 0 ? "" : $" Its last lines on stderr: {string.Join(" | ", crash.Stderr.TakeLast(5))}");
    }

    // It is tried again and again; once is enough for somebody to be called.
    private void ReportMisconfigured(string reason, TimeSpan delay)
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
