using System.Globalization;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Dispatch;

/// <summary>Measures once, at the first quiet moment after the start, whether the engine that comes first is the slower one on this machine, and says so.</summary>
/// <remarks>Requests come first: as soon as there is one, nothing more is begun until the next quiet moment, and only one engine at a time is taken.</remarks>
/// <param name="pool">The workers.</param>
/// <param name="inProcess">The in-process engine.</param>
/// <param name="probe">Fixed texts, as token ids of the model; the first one is a short text.</param>
/// <param name="rowValues">The values of a row.</param>
/// <param name="isQuiet">Whether no request is being answered.</param>
/// <param name="options">Who comes first.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class EngineComparison(
    WorkerPool pool, InProcessEngine inProcess, TokenBatch probe, int rowValues, Func<bool> isQuiet, DispatchOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>From when both engines are there, or from a moment that was not quiet, to the next look. Whoever has just been waiting for them comes first.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private const int ShortTexts = 5;
    private const int Batches = 3;

    // Below it the difference is not worth a change.
    private const double LeastRatio = 1.3;

    // Nobody looks at what is computed; one at a time is.
    private readonly float[] rows = new float[probe.Texts * rowValues];

    /// <summary>Waits for a quiet moment with both engines, and measures.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // It is given back at once: what counts is that there is one.
        await inProcess.Loaded.WaitAsync(cancellationToken).ConfigureAwait(false);
        (await pool.LeaseAsync(waitForComing: true, cancellationToken).ConfigureAwait(false))?.Dispose();
        while (true)
        {
            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
            if (await MeasureAsync(probe.Slice(0, 1), ShortTexts, cancellationToken).ConfigureAwait(false) is { } shortText
                && await MeasureAsync(probe, Batches, cancellationToken).ConfigureAwait(false) is { } batch)
            {
                Say(shortText, batch);
                return;
            }
        }
    }

    private void Say(double shortText, double batch)
    {
        var faster = new List<string>();
        AddIfClearly("short texts", shortText);
        AddIfClearly("batches", batch);
        if (faster.Count > 0)
        {
            Log.OtherEngineIsFaster(logger, options.Prefer == EnginePreference.Workers ? "in-process" : "a worker", string.Join(" and ", faster));
        }

        void AddIfClearly(string what, double times)
        {
            if (times > LeastRatio)
            {
                faster.Add(string.Create(CultureInfo.InvariantCulture, $"{what} {times:F1} times"));
            }
        }
    }

    /// <returns>How many times as long the first choice takes as the other one; null when it was no quiet moment, or an engine did not answer.</returns>
    private async Task<double?> MeasureAsync(TokenBatch batch, int rounds, CancellationToken cancellationToken)
    {
        var (ofWorker, ofInProcess) = (new TimeSpan[rounds], new TimeSpan[rounds]);
        for (var round = 0; round < rounds; round++)
        {
            if (inProcess.Current is null
                || await OnWorkerAsync(batch, cancellationToken).ConfigureAwait(false) is not { } onWorker
                || await InProcessAsync(batch, cancellationToken).ConfigureAwait(false) is not { } onEngine)
            {
                return null;
            }

            (ofWorker[round], ofInProcess[round]) = (onWorker, onEngine);
        }

        var times = Least(ofWorker) / Least(ofInProcess);
        return options.Prefer == EnginePreference.Workers ? times : 1 / times;
    }

    private async Task<TimeSpan?> OnWorkerAsync(TokenBatch batch, CancellationToken cancellationToken)
    {
        using var lease = pool.TryLease();
        return lease is null ? null : await TimeOfAsync(lease.Worker, batch, cancellationToken).ConfigureAwait(false);
    }

    private async Task<TimeSpan?> InProcessAsync(TokenBatch batch, CancellationToken cancellationToken)
    {
        using var lease = inProcess.TryLease(fallback: false);
        return lease is null ? null : await TimeOfAsync(lease.Engine, batch, cancellationToken).ConfigureAwait(false);
    }

    private async Task<TimeSpan?> TimeOfAsync(IEngine engine, TokenBatch batch, CancellationToken cancellationToken)
    {
        if (!isQuiet())
        {
            return null;
        }

        // A worker that hangs is found by those who watch it; its lease is not held until then.
        using var timeout = new CancellationTokenSource(options.AttemptTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var started = time.GetTimestamp();
        try
        {
            var reply = await engine.EmbedAsync(batch, rows.AsMemory(0, batch.Texts * rowValues), options.AttemptTimeout, either.Token).ConfigureAwait(false);
            return reply.Error is null ? time.GetElapsedTime(started) : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    // The fastest of several: what else the machine does only makes an engine slower.
    private static double Least(TimeSpan[] times) => Math.Max(times.Min().TotalSeconds, 1e-6);
}
