using System.Diagnostics;
using System.Globalization;

namespace AkiDb.Bridge.Benchmarks.Load;

/// <summary>The only worker is replaced again and again: what do callers see of it?</summary>
/// <remarks>
/// The callers and the looks at the status never pause, so that both cost the same in every phase; quiet slices stand between groups of
/// replacements, so that both see the same machine.
/// </remarks>
internal sealed class RecycleBenchmark : IBenchmark
{
    private const int DefaultCount = 100;
    private const int DefaultCallers = 2;
    private const int Group = 10;
    private const double Tolerance = 50;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan QuietSlice = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly (RecyclePhase Phase, string Name)[] Phases =
    [
        (RecyclePhase.Quiet, "quiet"), (RecyclePhase.Loading, "a successor loads"), (RecyclePhase.Takeover, "it takes over, and 1 s more"), (RecyclePhase.Between, "between two replacements"),
    ];

    public string Name => "recycle";

    public string Summary => "[COUNT [CALLERS]]: callers over HTTP while the only worker is replaced, without the in-process engine; 100 times, 2 callers";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var count = arguments is [var number, ..] ? int.Parse(number, CultureInfo.InvariantCulture) : DefaultCount;
        var callers = arguments is [_, var many, ..] ? int.Parse(many, CultureInfo.InvariantCulture) : DefaultCallers;
        await using var served = await ServedBridge.StartAsync(["--fallback", "off", "--workers", "1"], cancellationToken);
        var timeline = new RecycleTimeline([], []);
        var requests = await new ClosedLoop(served.TryAsync, callers, mixed: false).RunAsync(
            async started => timeline = await ReplaceInGroupsAsync(served, count, started, cancellationToken), cancellationToken);
        var phases = requests.Where(request => request.Begin >= timeline.Quiet[0].Begin).ToLookup(timeline.PhaseOf);
        var slowFrom = RecycleFigure.Of("", [.. phases[RecyclePhase.Quiet]], double.MaxValue).P99 + Tolerance;
        RecycleFigure[] figures = [.. Phases.Select(phase => RecycleFigure.Of(phase.Name, [.. phases[phase.Phase]], slowFrom))];
        var taken = Samples.Of(timeline.Replacements.Select(replacement => replacement.TakenOver - replacement.Asked));
        var (p50, longest) = (taken.Percentile(50), taken.Percentile(100));
        Print(
            $"{callers} callers in a closed loop, texts of {LoadTexts.Short} tokens over HTTP, one worker, replaced {count} times",
            figures,
            $"until a successor had taken over: p50 {p50:F0} ms, max {longest:F0} ms; slow: more than {slowFrom:F0} ms, the quiet p99 + {Tolerance:F0} ms");
        await BenchFile.WriteJsonAsync(
            Name, new { Callers = callers, Replacements = count, ReplacementP50 = p50, ReplacementMax = longest, SlowFrom = slowFrom, Figures = figures }, cancellationToken);
    }

    private static async Task<RecycleTimeline> ReplaceInGroupsAsync(ServedBridge served, int count, long started, CancellationToken cancellationToken)
    {
        var (quiet, replacements) = (new List<(TimeSpan Begin, TimeSpan End)>(), new List<Replacement>());
        await WatchAsync(served, WarmUp, cancellationToken);
        while (true)
        {
            var begin = Stopwatch.GetElapsedTime(started);
            await WatchAsync(served, QuietSlice, cancellationToken);
            quiet.Add((begin, Stopwatch.GetElapsedTime(started)));
            if (replacements.Count == count)
            {
                return new RecycleTimeline(quiet, replacements);
            }

            for (var i = Math.Min(Group, count - replacements.Count); i > 0; i--)
            {
                var replacement = await ReplaceAsync(served, started, cancellationToken);
                replacements.Add(replacement);
                await WatchAsync(served, replacement.Settled + Pause - Stopwatch.GetElapsedTime(started), cancellationToken);
            }
        }
    }

    private static async Task WatchAsync(ServedBridge served, TimeSpan length, CancellationToken cancellationToken)
    {
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < length;)
        {
            await served.ServingPidAsync(cancellationToken);
            await Task.Delay(Look, TimeProvider.System, cancellationToken);
        }
    }

    private static async Task<Replacement> ReplaceAsync(ServedBridge served, long started, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        var pid = await served.ServingPidAsync(deadline.Token) ?? throw new InvalidOperationException("There is no worker to replace.");
        using var old = Process.GetProcessById(pid);
        var asked = Stopwatch.GetElapsedTime(started);
        await served.RestartWorkerAsync(deadline.Token);
        var (lastOld, takenOver) = (asked, TimeSpan.Zero);
        while (takenOver == TimeSpan.Zero)
        {
            var looked = Stopwatch.GetElapsedTime(started);
            var serving = await served.ServingPidAsync(deadline.Token);
            if (serving == pid)
            {
                lastOld = looked;
            }
            else if (serving is not null)
            {
                takenOver = Stopwatch.GetElapsedTime(started);
            }

            await Task.Delay(Look, TimeProvider.System, deadline.Token);
        }

        while (!old.HasExited)
        {
            await WatchAsync(served, Look, deadline.Token);
        }

        return new Replacement(asked, lastOld, takenOver, Stopwatch.GetElapsedTime(started));
    }

    private static void Print(string title, RecycleFigure[] figures, string footer)
    {
        var table = new Table("while", "requests", "failed", "p50 ms", "p99", "max", "slow");
        foreach (var figure in figures)
        {
            table.Add(figure.Phase, $"{figure.Requests}", $"{figure.Failed}", $"{figure.P50:F1}", $"{figure.P99:F1}", $"{figure.Max:F1}", $"{figure.Slow}");
        }

        table.Print(title);
        Console.WriteLine($"  {footer}");
    }
}
