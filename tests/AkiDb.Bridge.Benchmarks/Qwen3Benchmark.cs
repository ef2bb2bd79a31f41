using System.Globalization;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.Processes;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>A model of Qwen3-Embedding-0.6B's size in the worker and in-process, one call of each in turn.</summary>
internal sealed class Qwen3Benchmark : IBenchmark
{
    private const int Rounds = 4;
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(10);

    public string Name => "qwen3";

    public string Summary => "1.2 GB of random bfloat16 weights: load, memory and speed of worker and in-process engine; --device DEVICE: the worker alone, without .NET";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var interpreter = await PythonInterpreter.FindAsync(Environment.GetEnvironmentVariable("AKIDB_EMBEDDING_PYTHON_PATH"), TimeProvider.System, cancellationToken);
        var model = ModelFolder.Read(await Qwen3Folder.MakeAsync(interpreter, cancellationToken), Name);
        var threads = Environment.ProcessorCount;
        OnnxEngine engine = null!;
        var timing = await EnginesCpuClock.MeasureAsync(() =>
        {
            engine = OnnxEngine.Load(model, new OnnxOptions(), TimeProvider.System);
            return Task.CompletedTask;
        });
        await using var inProcess = engine;
        var inProcessLoad = Load("in-process engine", timing, Environment.ProcessId);
        await using var worker = await EnginesWorker.StartAsync(model.Folder, threads, cancellationToken)
            ?? throw new InvalidOperationException("There is no worker to measure.");
        var workerLoad = Load("PyTorch worker", new(worker.ReadyAfter, worker.CpuWhenReady), worker.Pid);
        var figures = new List<Qwen3Figure>();
        foreach (var texts in EnginesCase.OfLargeModel(TokenizerFile.Load(model.TokenizerFile)))
        {
            EnginesWay[] ways = [EnginesWays.Engine(inProcessLoad.Engine, engine, texts, model), new(workerLoad.Engine, token => worker.EmbedAsync(texts.Texts, token))];
            var compared = await EnginesComparison.RunAsync(threads, texts.Name, ways, Budget, Rounds, cancellationToken);
            figures.AddRange(compared.Select(figure => new Qwen3Figure(
                figure.Case, figure.Way, figure.Rounds, figure.WallP50, figure.CpuP50, texts.Texts.Length / figure.WallP50 * 1000)));
        }

        Qwen3Load[] loads =
        [
            inProcessLoad with { PeakResidentAfterRuns = PeakMemory.Of(Environment.ProcessId) },
            workerLoad with { PeakResidentAfterRuns = PeakMemory.Of(worker.Pid) },
        ];
        Print(figures, loads, threads);
        await BenchFile.WriteJsonAsync(Name, new { Threads = threads, Loads = loads, Figures = figures }, cancellationToken);
    }

    private static Qwen3Load Load(string engine, EnginesTiming timing, int pid) => new(
        engine, timing.Wall.TotalSeconds, timing.Cpu.TotalSeconds, PeakMemory.Of(pid), EnginesMemory.Of(pid)?.PrivateDirty ?? 0);

    private static void Print(IEnumerable<Qwen3Figure> figures, IEnumerable<Qwen3Load> loads, int threads)
    {
        var speeds = new Table("tokens, engine", "rounds", "wall p50 ms", "CPU p50", "texts/s");
        foreach (var figure in figures)
        {
            speeds.Add(
                $"{figure.Case}, {figure.Engine}", figure.Rounds.ToString(CultureInfo.InvariantCulture), Cell(figure.WallP50), Cell(figure.CpuP50),
                figure.TextsPerSecond.ToString("F2", CultureInfo.InvariantCulture));
        }

        speeds.Print($"Qwen3-Embedding-0.6B's size, random bfloat16 weights, float32 arithmetic unless the worker finds bfloat16 faster, {threads} threads");
        var table = new Table("engine", "load s", "CPU s", "private MiB", "peak resident", "peak with runs");
        foreach (var load in loads)
        {
            table.Add(
                load.Engine, load.Seconds.ToString("F1", CultureInfo.InvariantCulture), load.CpuSeconds.ToString("F1", CultureInfo.InvariantCulture),
                Cell(load.Private), Cell(load.PeakResident), Cell(load.PeakResidentAfterRuns));
        }

        table.Print("Load and memory of the process: the in-process engine's is this benchmark's own");
        Console.WriteLine("  transformers: measured by scripts/bench qwen3 --device cpu, where it can be imported");
        Console.WriteLine();
    }

    private static string Cell(double number) => number.ToString("F0", CultureInfo.InvariantCulture);
}
