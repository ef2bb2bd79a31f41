using System.Diagnostics;
using System.Globalization;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>Several ways over one case, one call of each in turn, in an order that is drawn anew for every round.</summary>
internal static class EnginesComparison
{
    private const int Seed = 4;
    private const int WarmUpRounds = 4;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    /// <param name="threads">How many threads each way has.</param>
    /// <param name="name">The case.</param>
    /// <param name="ways">The ways; the first is the in-process engine.</param>
    /// <param name="budget">How long to measure.</param>
    /// <param name="fewest">Rounds that are measured even beyond the budget.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public static async Task<EnginesFigure[]> RunAsync(
        int threads, string name, IReadOnlyList<EnginesWay> ways, TimeSpan budget, int fewest, CancellationToken cancellationToken)
    {
        await RunRoundsAsync(ways, WarmUp, fewest / WarmUpRounds, cancellationToken);
        var timings = await RunRoundsAsync(ways, budget, fewest, cancellationToken);
        var engine = timings[ways[0]];
        return [.. ways.Select(way => Figure(way, timings[way]))];

        EnginesFigure Figure(EnginesWay way, (Samples Wall, Samples Cpu) taken) => new(
            threads, name, way.Name, taken.Wall.Count, taken.Wall.Percentile(10), taken.Wall.Percentile(50), taken.Cpu.Percentile(50),
            taken.Wall.Percentile(50) / engine.Wall.Percentile(50), taken.Cpu.Percentile(50) / engine.Cpu.Percentile(50));
    }

    public static void Print(string title, IEnumerable<EnginesFigure> figures)
    {
        var table = new Table("way", "rounds", "wall p10 ms", "wall p50", "CPU p50", "in-process throughput to it, wall", "CPU");
        foreach (var figure in figures)
        {
            table.Add(
                figure.Way, figure.Rounds.ToString(CultureInfo.InvariantCulture), Cell(figure.WallP10), Cell(figure.WallP50), Cell(figure.CpuP50),
                Cell(figure.EngineByWall), Cell(figure.EngineByCpu));
        }

        table.Print(title);
    }

    private static string Cell(double number) => number.ToString("F2", CultureInfo.InvariantCulture);

    private static async Task<Dictionary<EnginesWay, (Samples Wall, Samples Cpu)>> RunRoundsAsync(
        IReadOnlyList<EnginesWay> ways, TimeSpan budget, int fewest, CancellationToken cancellationToken)
    {
        var random = new Random(Seed);
        var timings = ways.ToDictionary(way => way, _ => (Wall: new Samples(), Cpu: new Samples()));
        var order = ways.ToArray();
        var started = Stopwatch.GetTimestamp();
        for (var round = 0; round < fewest || Stopwatch.GetElapsedTime(started) < budget; round++)
        {
            random.Shuffle(order);
            foreach (var way in order)
            {
                var timing = await way.RunAsync(cancellationToken);
                timings[way].Wall.Add(timing.Wall);
                timings[way].Cpu.Add(timing.Cpu);
            }
        }

        return timings;
    }
}
