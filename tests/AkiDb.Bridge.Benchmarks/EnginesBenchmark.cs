using System.Globalization;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>The in-process engine beside everything that could stand in its place.</summary>
/// <remarks>
/// 1. Speed.   One thread, then all cores: bare ONNX Runtime, padded batches, the PyTorch worker, sentence-transformers; all interleaved.
/// 2. int8.    How near its vectors are to float32, and what it saves.
/// 3. Load.    Every mode in a new process, beside the Python processes.
/// </remarks>
internal sealed class EnginesBenchmark : IBenchmark
{
    /// <summary>Typed behind the name by the benchmark itself: loads the engine once, in this process.</summary>
    public const string LoadArgument = "load";

    private const string ModelName = "all-MiniLM-L6-v2";
    private const string OtherModelName = "tiny-qwen3";
    private const string QuantizedArgument = "quantized";

    private const int Rounds = 8;
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(6);

    public string Name => "engines";

    public string Summary => "the in-process engine beside bare ONNX Runtime, padding, the PyTorch worker and sentence-transformers; 8-bit weights (alone: engines quantized); load time and memory";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var model = ModelFolder.Read(TestPaths.Model(ModelName), ModelName);
        if (arguments is [LoadArgument, var memory, var threads])
        {
            await EnginesLoadProbe.RunAsync(model, Enum.Parse<OnnxMemory>(memory), int.Parse(threads, CultureInfo.InvariantCulture));
            return;
        }

        if (arguments is [QuantizedArgument])
        {
            await QuantizeAsync(model, EnginesCase.All(TokenizerFile.Load(model.TokenizerFile)), [], cancellationToken);
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

        var cosines = await QuantizeAsync(model, cases, figures, cancellationToken);
        var loads = await EnginesLoads.RunAsync(cancellationToken);
        EnginesLoads.Print(loads);
        Print(workers);
        Console.WriteLine();
        await BenchFile.WriteJsonAsync(Name, new EnginesReport(ModelName, cores, figures, cosines, loads, workers), cancellationToken);
    }

    // The times of one model will do; how near the vectors are is another matter.
    private static async Task<List<EnginesCosines>> QuantizeAsync(
        TransformerModel model, EnginesCase[] cases, List<EnginesFigure> figures, CancellationToken cancellationToken)
    {
        var cosines = new List<EnginesCosines>();
        var other = ModelFolder.Read(TestPaths.Model(OtherModelName), OtherModelName);
        foreach (var precision in new[] { OnnxPrecision.Int8, OnnxPrecision.Int8Weights })
        {
            var (near, savings) = await EnginesQuantized.RunAsync(model, precision, cases, cancellationToken);
            figures.AddRange(savings);
            cosines.AddRange([near, (await EnginesQuantized.RunAsync(other, precision, [], cancellationToken)).Cosines]);
        }

        return cosines;
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
