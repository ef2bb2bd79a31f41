using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>Eight callers in a closed loop: half a minute undisturbed, then twice as long with the only worker killed every five seconds.</summary>
internal sealed class FailoverBenchmark : IBenchmark
{
    private const int Callers = 8;
    private static readonly TimeSpan Undisturbed = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Killing = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan KillEvery = TimeSpan.FromSeconds(5);
    private static readonly double[] Percents = [50, 99, 99.9];

    public string Name => "failover";

    public string Summary => "8 callers over HTTP, with and without the worker being killed every 5 s: failures, wrong vectors, latency, who served";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        await using var served = await ServedBridge.StartAsync([], cancellationToken);
        string[] texts = [.. ReferenceAnswers.Texts.Where(text => text.Kind == "sentence").Take(64).Select(text => text.Text)];
        var expected = ReferenceAnswers.Vectors("all-MiniLM-L6-v2");
        int[] rows = [.. texts.Select(text => ReferenceAnswers.Texts.ToList().FindIndex(known => known.Text == text))];
        var table = new Table("phase", "requests", "failed", "wrong", "kills", "p50 ms", "p99", "p99.9", "served by");
        foreach (var (phase, length, kill) in new[] { ("undisturbed", Undisturbed, false), ("a kill every 5 s", Killing, true) })
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            end.CancelAfter(length);
            var outcomes = new ConcurrentBag<Outcome>();
            var killing = kill ? KillAsync(served, end.Token) : Task.FromResult(0);
            await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => CallAsync(served, caller, texts, rows, expected, outcomes, end.Token)));
            var latencies = Samples.Of(outcomes.Select(outcome => outcome.Time));
            table.Add([
                phase, Text(outcomes.Count), Text(outcomes.Count(outcome => outcome.ServedBy is null)), Text(outcomes.Count(outcome => outcome.Wrong)), Text(await killing),
                .. Percents.Select(percent => latencies.Percentile(percent).ToString("F1", CultureInfo.InvariantCulture)),
                string.Join(", ", outcomes.Where(outcome => outcome.ServedBy is not null).CountBy(outcome => outcome.ServedBy!).Select(pair => $"{pair.Key} {pair.Value}")),
            ]);
        }

        table.Print($"{Callers} callers in a closed loop, one sentence a request, all-MiniLM-L6-v2, one worker");
    }

    private static async Task CallAsync(
        ServedBridge served, int caller, string[] texts, int[] rows, float[] expected, ConcurrentBag<Outcome> outcomes, CancellationToken end)
    {
        for (var turn = caller; !end.IsCancellationRequested; turn++)
        {
            var text = turn % texts.Length;
            var started = Stopwatch.GetTimestamp();

            // The last request of a phase is finished too: what is cut short by the benchmark is no failure of the bridge.
            var (vector, servedBy) = await served.TryEmbedAsync(texts[text], CancellationToken.None);
            var reference = expected.AsSpan(rows[text] * 384, 384);
            outcomes.Add(new Outcome(Stopwatch.GetElapsedTime(started), servedBy, vector is not null && !IsNear(vector, reference)));
        }
    }

    private static bool IsNear(float[] vector, ReadOnlySpan<float> reference)
    {
        for (var i = 0; i < reference.Length; i++)
        {
            if (!(Math.Abs(vector[i] - reference[i]) <= ReferenceAnswers.VectorTolerance))
            {
                return false;
            }
        }

        return vector.Length == reference.Length;
    }

    private static async Task<int> KillAsync(ServedBridge served, CancellationToken end)
    {
        var kills = 0;
        try
        {
            while (true)
            {
                await Task.Delay(KillEvery, TimeProvider.System, end);
                if (await served.WorkerPidAsync(end) is { } pid)
                {
                    using var worker = Process.GetProcessById(pid);
                    worker.Kill();
                    kills++;
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return kills;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private readonly record struct Outcome(TimeSpan Time, string? ServedBy, bool Wrong);
}
