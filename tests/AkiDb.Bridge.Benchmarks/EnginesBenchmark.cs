using System.Globalization;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>The in-process engine beside everything that could stand in its place.</summary>
/// <remarks>
/// 1. Speed.   One thread, then all cores: bare ONNX Runtime, padded batches, the PyTorch worker, sentence-transformers; all interleaved.
/// 2. Load.    Every mode in a new process, beside the Python processes.
/// </remarks>
internal sealed class EnginesBenchmark : IBenchmark
{
    /// <summary>Typed behind the name by the benchmark itself: loads the engine once, in this process.</summary>
    public const string LoadArgument = "load";

    private const string ModelName = "all-MiniLM-L6-v2";

    private const int Rounds = 8;
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(6);

    public string Name => "engines";

    public string Summary => "the in-process engine beside bare ONNX Runtime, padding, the PyTorch worker and sentence-transformers; load time and memory";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var model = ModelFolder.Read(TestPaths.Model(ModelName), ModelName);
        if (arguments is [LoadArgument, var memory, var threads])
        {
            await EnginesLoadProbe.RunAsync(model, Enum.Parse<OnnxMemory>(memory), int.Parse(threads, CultureInfo.InvariantCulture));
            return;
        }

        var cores = Environment.ProcessorCount;
        var cases = EnginesCase.All(TokenizerFile.Load(model.TokenizerFile));
        var figures = new List<EnginesFigure>();
        EnginesWorkerLoad[] workers = [];
        foreach (var count in new[] { 1, cores }.Distinct())
        {
            await using var ways = await EnginesWays.StartAsync(model, count, cancellationToken);
            foreach (var texts in cases)
            {
                var compared = await EnginesComparison.RunAsync(count, texts.Name, ways.For(texts), Budget, Rounds, cancellationToken);
                EnginesComparison.Print($"{texts.Name} tokens, {count} of {cores} cores, {ModelName}", compared);
                figures.AddRange(compared);
            }

            workers = [.. ways.Loads()];
        }

        var loads = await EnginesLoads.RunAsync(cancellationToken);
        EnginesLoads.Print(loads);
        Print(workers);
        Console.WriteLine();
        await BenchFile.WriteJsonAsync(Name, new EnginesReport(ModelName, cores, figures, loads, workers), cancellationToken);
    }

    private static void Print(IEnumerable<EnginesWorkerLoad> workers)
    {
        var table = new Table("process", "ready ms", "CPU ms", "resident MiB", "private dirty", "private clean", "shared");
        foreach (var (name, ready, cpu, memory) in workers)
        {
            table.Add([name, Cell(ready), Cell(cpu), memory is null ? "-" : Cell(memory.Resident), .. EnginesLoads.Cells(memory)]);
        }

        table.Print("The Python processes: from the start until ready, and their whole memory");
    }

    private static string Cell(double number) => number.ToString("F0", CultureInfo.InvariantCulture);
}
