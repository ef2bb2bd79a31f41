using System.Globalization;
using AkiDb.Bridge.Benchmarks.Load;

namespace AkiDb.Bridge.Benchmarks.Routes;

/// <summary>64 connections over each ecosystem's route, in slices that take turns with perfect batches on the same engine. Each row's median is over the rounds.</summary>
internal sealed class RoutesBenchmark : IBenchmark
{
    private const int Rounds = 5;
    private const int Callers = 64;
    private const int SpecialTokens = 2;

    private static readonly TimeSpan PerfectSlice = TimeSpan.FromSeconds(3);

    public string Name => "routes";

    public string Summary => "[SECONDS]: 64 connections of wrk over AkiDB's, OpenAI's and TEI's route, in-process engine: answers/s as a share of perfect batches, latency; 5 s a slice, 5 slices";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var slice = TimeSpan.FromSeconds(arguments is [var seconds, ..] ? double.Parse(seconds, CultureInfo.InvariantCulture) : 5);
        await using var engine = await LoadEngine.StartInProcessAsync(TimeSpan.FromSeconds(2), cancellationToken);
        await using var served = await ServedBridge.StartAsync(engine.Switches, cancellationToken);
        var runs = Route.All.ToDictionary(route => route, _ => new List<(WrkRun Run, double Share)>());
        for (var round = 0; round <= Rounds; round++)
        {
            foreach (var route in Route.All)
            {
                var before = await engine.MeasurePerfectBatchesAsync(LoadTexts.Short, PerfectSlice, cancellationToken);
                var run = await WrkRun.OfAsync(served.BaseAddress, route, Callers, LoadTexts.Short - SpecialTokens, slice, cancellationToken);
                var after = await engine.MeasurePerfectBatchesAsync(LoadTexts.Short, PerfectSlice, cancellationToken);

                // The first round only warms up.
                if (round > 0)
                {
                    runs[route].Add((run, run.Rate / ((before + after) / 2)));
                }
            }
        }

        var table = new Table("route", "answers/s", "of perfect", "least", "most", "p50 ms", "p99", "refused");
        List<RouteFigure> figures = [];
        foreach (var (route, measured) in runs)
        {
            var shares = measured.Select(run => run.Share).Order().ToArray();
            var figure = new RouteFigure(
                route.Name, Middle(measured, run => run.Rate), shares[shares.Length / 2], Middle(measured, run => run.P50), Middle(measured, run => run.P99), measured.Sum(run => run.Run.Refused));
            figures.Add(figure);
            table.Add(figure.Route, $"{figure.Rate:F0}", $"{figure.OfPerfect:F2}", $"{shares[0]:F2}", $"{shares[^1]:F2}", $"{figure.P50:F0}", $"{figure.P99:F0}", $"{figure.Refused}");
        }

        table.Print($"{Callers} connections, texts of {LoadTexts.Short} tokens; median of {Rounds} slices of {slice.TotalSeconds:F0} s, each beside perfect batches before and after it");
        await BenchFile.WriteJsonAsync(Name, figures, cancellationToken);
    }

    private static double Middle(List<(WrkRun Run, double Share)> measured, Func<WrkRun, double> value) => measured.Select(run => value(run.Run)).Order().ElementAt(measured.Count / 2);
}
