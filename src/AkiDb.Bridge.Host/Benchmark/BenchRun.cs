using AkiDb.Bridge.Chaos;

namespace AkiDb.Bridge.Host.Benchmark;

/// <summary>Measures a bridge as its callers see it.</summary>
/// <remarks>
/// 1. One text after the other: what an answer takes when nobody else asks.
/// 2. Large requests, several at a time: what can be computed at all.
/// 3. A rising load of single texts, until answers become late, fail, or fall behind. Requests are sent when they are due, not when the one before was
///    answered, and their time counts from that moment: who waits in a queue is not left out.
/// </remarks>
/// <param name="target">The bridge.</param>
/// <param name="stage">How long each measurement takes.</param>
/// <param name="report">Told of each finished measurement, in a line.</param>
/// <param name="time">The clock.</param>
internal sealed class BenchRun(IBenchTarget target, TimeSpan stage, Action<string> report, TimeProvider time)
{
    private const int TextsPerRequest = 64;
    private const int LargeRequests = 4;
    private const int Callers = 8;
    private const int WarmUp = 20;
    private const int MostStages = 24;
    private const double FirstShare = 0.2;
    private const double Step = 1.25;

    private static readonly IReadOnlyList<string> Texts = Corpus.Texts;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    /// <summary>Measures it.</summary>
    /// <param name="cancellationToken">Ends it; what was measured of the load until then is the result.</param>
    /// <exception cref="BridgeException">It does not answer.</exception>
    /// <exception cref="OperationCanceledException">Nothing of the load was measured yet.</exception>
    public async Task<BenchResult> RunAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < WarmUp; i++)
        {
            if (await target.EmbedAsync([Texts[i]], cancellationToken) is { } failure)
            {
                throw new BridgeException(BridgeErrorKind.NoEngine, $"{target.Name} does not answer: {failure}. 'akidb-bridge doctor' finds out why.");
            }
        }

        var (alone, _) = await RepeatAsync(1, 1, cancellationToken);
        report(FormattableString.Invariant($"one text          p50 {alone.P50:F1} ms, p99 {alone.P99:F1} ms"));
        var (_, large) = await RepeatAsync(LargeRequests, TextsPerRequest, cancellationToken);
        report(FormattableString.Invariant($"throughput        {large * TextsPerRequest:F0} texts/s"));
        var (_, closed) = await RepeatAsync(Callers, 1, cancellationToken);
        var (load, isComplete) = await RaiseAsync(closed * FirstShare, alone.P99, cancellationToken);
        report(isComplete ? LoadCurve.Describe(load, alone.P99) : "interrupted before it bent");
        return new BenchResult(target.Name, alone.P50, alone.P99, large * TextsPerRequest, load, LoadCurve.BendsAt(load, alone.P99), isComplete);
    }

    private async Task<(IReadOnlyList<LoadStage> Load, bool IsComplete)> RaiseAsync(double rate, double p99Alone, CancellationToken cancellationToken)
    {
        var load = new List<LoadStage>();
        for (; load.Count < MostStages; rate *= Step)
        {
            LoadStage result;
            try
            {
                result = await OfferAsync(rate, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && load.Count > 0)
            {
                // What was measured until then took its time, and is right.
                return (load, false);
            }

            load.Add(result);
            report(FormattableString.Invariant($"{result.Offered,8:F0} offered/s  {result.Answered:F0} answered/s, {result.Failed} failed, p50 {result.P50:F1} ms, p99 {result.P99:F1} ms"));
            if (LoadCurve.Bends(result, p99Alone))
            {
                break;
            }
        }

        return (load, true);
    }

    // Each caller sends when its last request was answered.
    private async Task<(Latencies Latencies, double PerSecond)> RepeatAsync(int callers, int texts, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var latencies = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => CallAsync(caller, texts, started, cancellationToken)));
        var all = latencies.SelectMany(each => each).ToList();
        return (Latencies.Of(all), all.Count / time.GetElapsedTime(started).TotalSeconds);
    }

    private async Task<List<TimeSpan>> CallAsync(int caller, int texts, long started, CancellationToken cancellationToken)
    {
        var latencies = new List<TimeSpan>();
        for (var i = caller; time.GetElapsedTime(started) < stage; i += Callers)
        {
            var asked = time.GetTimestamp();
            if (await target.EmbedAsync(TextsFrom(i * texts, texts), cancellationToken) is null)
            {
                latencies.Add(time.GetElapsedTime(asked));
            }
        }

        return latencies;
    }

    private async Task<LoadStage> OfferAsync(double rate, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var all = new List<Task<TimeSpan?>>();
        while (time.GetElapsedTime(started) < stage)
        {
            for (var due = time.GetElapsedTime(started).TotalSeconds * rate; all.Count < due;)
            {
                all.Add(AskAsync(all.Count, started, TimeSpan.FromSeconds(all.Count / rate), cancellationToken));
            }

            await Task.Delay(Tick, time, cancellationToken);
        }

        var answered = (await Task.WhenAll(all)).OfType<TimeSpan>().ToList();
        var latencies = Latencies.Of(answered);
        return new LoadStage(rate, answered.Count / time.GetElapsedTime(started).TotalSeconds, all.Count - answered.Count, latencies.P50, latencies.P99);
    }

    /// <returns>How long after it was due it was answered; null when it failed.</returns>
    private async Task<TimeSpan?> AskAsync(int number, long started, TimeSpan due, CancellationToken cancellationToken) =>
        await target.EmbedAsync(TextsFrom(number, 1), cancellationToken) is null ? time.GetElapsedTime(started) - due : null;

    private static string[] TextsFrom(int first, int count) => [.. Enumerable.Range(first, count).Select(index => Texts[index % Texts.Count])];
}
