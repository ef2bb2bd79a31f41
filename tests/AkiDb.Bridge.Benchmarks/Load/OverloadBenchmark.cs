namespace AkiDb.Bridge.Benchmarks.Load;

/// <summary>Ten times the requests that an engine can answer: whom it admits, how soon it refuses the others, and how soon latency is normal again.</summary>
/// <remarks>
/// 1. Capacity.  32 callers in a closed loop: a full batch, and nobody who is refused and waits.
/// 2. Normal.    Poisson arrivals at half of it, and at 90 %.
/// 3. Overload.  Ten times the capacity.
/// 4. After it.  Right behind it half of the capacity; what is due from one second on counts.
/// </remarks>
internal sealed class OverloadBenchmark : IBenchmark
{
    private const int Callers = 32;
    private const double Half = 0.5;
    private const double High = 0.9;
    private const double Overload = 10;
    private static readonly TimeSpan DefaultWindow = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CapacityWindow = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HalfWindow = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HighWindow = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(1);

    public string Name => "overload";

    public string Summary => "[SECONDS [worker|in-process [MAXWAIT]]]: 10 x the capacity for so long, 90 % before and 50 % before and after it: latency, 429s; 60 s";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var chosen = LoadArguments.Parse(arguments, DefaultWindow);
        var figures = new List<LoadFigure>();
        await foreach (var engine in chosen.StartEachAsync(cancellationToken))
        {
            figures.AddRange(await RunAsync(engine, chosen, cancellationToken));
        }

        await BenchFile.WriteJsonAsync(Name, figures, cancellationToken);
    }

    private static async Task<LoadFigure[]> RunAsync(LoadEngine engine, LoadArguments chosen, CancellationToken cancellationToken)
    {
        var (_, vectors) = await new ClosedLoop(engine.EmbedAsync, Callers, mixed: false).RunAsync(CapacityWindow, cancellationToken);
        var capacity = vectors / CapacityWindow.TotalSeconds;
        var half = await OpenLoop.RunAsync(engine.EmbedAsync, [(capacity * Half, HalfWindow)], cancellationToken);
        var high = await OpenLoop.RunAsync(engine.EmbedAsync, [(capacity * High, HighWindow)], cancellationToken);
        var over = await OpenLoop.RunAsync(engine.EmbedAsync, [(capacity * Overload, chosen.Window), (capacity * Half, HalfWindow)], cancellationToken);
        LoadFigure[] figures =
        [
            LoadFigure.OfStage(engine.Name, $"{Half:P0} of capacity", capacity * Half, half[0], TimeSpan.Zero, HalfWindow),
            LoadFigure.OfStage(engine.Name, $"{High:P0} of capacity", capacity * High, high[0], TimeSpan.Zero, HighWindow),
            LoadFigure.OfStage(engine.Name, $"{Overload:F0} x capacity", capacity * Overload, over[0], TimeSpan.Zero, chosen.Window),
            LoadFigure.OfStage(engine.Name, $"{Half:P0}, from 1 s after that on", capacity * Half, over[1], Recovery, HalfWindow),
        ];
        LoadTable.Print($"{engine.Name}: open loop, short queries, latency from the intended moment; capacity {capacity:F0}/s; MaxWait {chosen.MaxWait}", figures);
        var (normal, overloaded) = (figures[1], figures[2]);
        Console.WriteLine($"  p99 of the admitted at {Overload:F0} x to p99 at {High:P0}: {overloaded.P99 / normal.P99:F2}");
        var refusals = over[0].Select(sent => sent.Outcome).Where(outcome => outcome.Failure is BridgeErrorKind.Overloaded).ToArray();
        PrintRefusals("from the intended moment", refusals.Select(refusal => refusal.Latency));

        // The senders share their cores with the engine: what they are late is not the bridge's.
        PrintRefusals("from the call", refusals.Select(refusal => refusal.Latency - refusal.Late));
        return figures;
    }

    private static void PrintRefusals(string since, IEnumerable<TimeSpan> times)
    {
        var samples = Samples.Of(times);
        Console.WriteLine($"  429, ms {since}: p50 {samples.Percentile(50):F2}, p99 {samples.Percentile(99):F2}, max {samples.Percentile(100):F2}");
    }
}
