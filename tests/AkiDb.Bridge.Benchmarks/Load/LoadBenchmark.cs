using System.Globalization;
using AkiDb.Bridge.Admission;

namespace AkiDb.Bridge.Benchmarks.Load;

/// <summary>The whole bridge under load, on each engine by itself.</summary>
/// <remarks>
/// 1. Closed loop.  1, 8, 64 and 512 callers, short queries and a mix, in slices that take turns with perfect batches on the same engine.
/// 2. Open loop.    Poisson arrivals at shares of the capacity that 64 callers have shown.
/// 3. Overload.     Ten times the capacity, and right behind it half of it: how soon is latency normal again?
/// </remarks>
internal sealed class LoadBenchmark : IBenchmark
{
    private const int Rounds = 3;
    private const double Overload = 10;
    private const double AfterOverload = 0.5;

    // Callers who share their cores with the server: the library keeps them cheap, HTTP is tried with few and with many.
    private static readonly (string Way, int Callers, bool Mixed)[] Closed =
    [
        ("library", 1, false), ("library", 8, false), ("library", 64, false), ("library", 512, false),
        ("library", 1, true), ("library", 8, true), ("library", 64, true), ("library", 512, true),
        ("HTTP", 1, false), ("HTTP", 64, false),
    ];

    private static readonly string[] Engines = ["worker", "in-process"];
    private static readonly double[] Shares = [0.1, 0.3, 0.5, 0.7, 0.8, 0.9];
    private static readonly TimeSpan PerfectSlice = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Normal = TimeSpan.FromSeconds(1);

    public string Name => "load";

    public string Summary => "[SECONDS [worker|in-process [MAXWAIT]]]: closed and open loop, throughput as a share of perfect batches, latency, 429s, a plot; 6 s a measurement";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var window = TimeSpan.FromSeconds(arguments is [var seconds, ..] ? double.Parse(seconds, CultureInfo.InvariantCulture) : 6);
        var only = arguments.ElementAtOrDefault(1);
        var maxWait = arguments.ElementAtOrDefault(2) is { } wait ? Duration.Parse(wait) : new AdmissionOptions().MaxWait;
        var figures = new List<LoadFigure>();
        foreach (var name in Engines.Where(name => only is null || name == only))
        {
            await using var engine = name == "worker" ? await LoadEngine.StartWorkerAsync(maxWait, cancellationToken) : await LoadEngine.StartInProcessAsync(maxWait, cancellationToken);
            if (engine is not null)
            {
                figures.AddRange(await RunAsync(engine, window, cancellationToken));
            }
        }

        await BenchFile.WriteJsonAsync(Name, figures, cancellationToken);
    }

    private static async Task<List<LoadFigure>> RunAsync(LoadEngine engine, TimeSpan window, CancellationToken cancellationToken)
    {
        var closed = await ClosedAsync(engine, window, cancellationToken);
        Print($"{engine.Name}: closed loop; perfect batches: {engine.PerfectRate(mixed: false):F0} short texts/s, {engine.PerfectRate(mixed: true):F0} of the mix", closed);
        var capacity = closed.Single(figure => figure is { Way: "library", Load: "64 callers, short" }).Rate;
        var open = await OpenAsync(engine, capacity, window, cancellationToken);
        Print($"{engine.Name}: open loop, short queries, latency from the intended moment; capacity {capacity:F0}/s", open);
        await BenchFile.WriteAsync($"load-{engine.Name}.svg", LatencyPlot.Draw($"{engine.Name}: latency against load", capacity, open.Take(Shares.Length)), cancellationToken);
        return [.. closed, .. open];
    }

    private static async Task<List<LoadFigure>> ClosedAsync(LoadEngine engine, TimeSpan window, CancellationToken cancellationToken)
    {
        await using var served = await ServedBridge.StartAsync(engine.Switches, cancellationToken);
        var outcomes = Closed.ToDictionary(cell => cell, _ => new List<LoadOutcome>());
        var vectors = Closed.ToDictionary(cell => cell, _ => 0);
        var random = new Random(5);
        for (var round = 0; round < Rounds; round++)
        {
            var order = Closed.ToArray();
            random.Shuffle(order);
            foreach (var cell in order)
            {
                await engine.MeasurePerfectBatchesAsync(LoadTexts.Short, PerfectSlice, cancellationToken);
                if (cell.Mixed)
                {
                    await engine.MeasurePerfectBatchesAsync(LoadTexts.Long, PerfectSlice, cancellationToken);
                }

                LoadClient client = cell.Way == "HTTP" ? served.TryAsync : engine.EmbedAsync;
                var (sent, came) = await new ClosedLoop(client, cell.Callers, cell.Mixed).RunAsync(window / Rounds, cancellationToken);
                outcomes[cell].AddRange(sent);
                vectors[cell] += came;
            }
        }

        return [.. Closed.Select(cell => LoadFigure.Of(
            engine.Name, cell.Way, $"{cell.Callers} callers, {(cell.Mixed ? "mix" : "short")}", null, engine.PerfectRate(cell.Mixed), vectors[cell] / window.TotalSeconds, outcomes[cell]))];
    }

    private static async Task<List<LoadFigure>> OpenAsync(LoadEngine engine, double capacity, TimeSpan window, CancellationToken cancellationToken)
    {
        var figures = new List<LoadFigure>();
        foreach (var share in Shares)
        {
            var stages = await OpenLoop.RunAsync(engine.EmbedAsync, [(capacity * share, window)], cancellationToken);
            Add($"{share:P0} of capacity", capacity * share, stages[0], window);
        }

        var overload = await OpenLoop.RunAsync(engine.EmbedAsync, [(capacity * Overload, window), (capacity * AfterOverload, window)], cancellationToken);
        Add($"{Overload:F0} x capacity", capacity * Overload, overload[0], window);
        Add($"{AfterOverload:P0}, from 1 s after that on", capacity * AfterOverload, [.. overload[1].Where(sent => sent.Due >= Normal)], window - Normal);
        return figures;

        // What is answered after the load has ended counts for the latencies, not for the rate.
        void Add(string load, double offered, (TimeSpan Due, LoadOutcome Outcome)[] sent, TimeSpan length)
        {
            var begin = window - length;
            var vectors = sent.Count(request => request.Outcome.Failure is null && request.Due + request.Outcome.Latency - begin < length);
            figures.Add(LoadFigure.Of(engine.Name, "library", load, offered, null, vectors / length.TotalSeconds, [.. sent.Select(request => request.Outcome)]));
        }
    }

    private static void Print(string title, IEnumerable<LoadFigure> figures)
    {
        var table = new Table("load", "way", "offered/s", "vectors/s", "of perfect", "p50 ms", "p99", "p99.9", "answered", "429", "429 p99 ms", "failed");
        foreach (var figure in figures)
        {
            table.Add(
                figure.Load, figure.Way, figure.Offered is { } offered ? $"{offered:F0}" : "", $"{figure.Rate:F0}", figure.OfPerfect is { } share ? $"{share:P0}" : "",
                $"{figure.P50:F2}", $"{figure.P99:F2}", $"{figure.P999:F2}", $"{figure.Answered}", $"{figure.Shed}", figure.Shed > 0 ? $"{figure.ShedP99:F2}" : "", $"{figure.Failed}");
        }

        table.Print(title);
    }
}
