namespace AkiDb.Bridge.Benchmarks.Load;

/// <summary>The whole bridge under load, on each engine by itself.</summary>
/// <remarks>
/// 1. Closed loop.  1, 8, 64 and 512 callers, short queries and a mix, in slices that take turns with perfect batches on the same engine.
/// 2. Open loop.    Poisson arrivals at shares of the capacity that 64 callers have shown.
/// </remarks>
internal sealed class LoadBenchmark : IBenchmark
{
    private const int Rounds = 3;

    // Callers who share their cores with the server: the library keeps them cheap, HTTP is tried with few and with many.
    private static readonly (string Way, int Callers, bool Mixed)[] Closed =
    [
        ("library", 1, false), ("library", 8, false), ("library", 64, false), ("library", 512, false),
        ("library", 1, true), ("library", 8, true), ("library", 64, true), ("library", 512, true),
        ("HTTP", 1, false), ("HTTP", 64, false),
    ];

    private static readonly double[] Shares = [0.1, 0.3, 0.5, 0.7, 0.8, 0.9];
    private static readonly TimeSpan DefaultWindow = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan PerfectSlice = TimeSpan.FromSeconds(1);

    public string Name => "load";

    public string Summary => "[SECONDS [worker|in-process [MAXWAIT]]]: closed and open loop, throughput as a share of perfect batches, latency, 429s, a plot; 6 s a measurement";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var chosen = LoadArguments.Parse(arguments, DefaultWindow);
        var figures = new List<LoadFigure>();
        await foreach (var engine in chosen.StartEachAsync(cancellationToken))
        {
            figures.AddRange(await RunAsync(engine, chosen.Window, cancellationToken));
        }

        await BenchFile.WriteJsonAsync(Name, figures, cancellationToken);
    }

    private static async Task<List<LoadFigure>> RunAsync(LoadEngine engine, TimeSpan window, CancellationToken cancellationToken)
    {
        var closed = await ClosedAsync(engine, window, cancellationToken);
        LoadTable.Print($"{engine.Name}: closed loop; perfect batches: {engine.PerfectRate(mixed: false):F0} short texts/s, {engine.PerfectRate(mixed: true):F0} of the mix", closed);
        var capacity = closed.Single(figure => figure is { Way: "library", Load: "64 callers, short" }).Rate;
        var open = await OpenAsync(engine, capacity, window, cancellationToken);
        LoadTable.Print($"{engine.Name}: open loop, short queries, latency from the intended moment; capacity {capacity:F0}/s", open);
        await BenchFile.WriteAsync($"load-{engine.Name}.svg", LatencyPlot.Draw($"{engine.Name}: latency against load", capacity, open), cancellationToken);
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
            figures.Add(LoadFigure.OfStage(engine.Name, $"{share:P0} of capacity", capacity * share, stages[0], TimeSpan.Zero, window));
        }

        return figures;
    }
}
