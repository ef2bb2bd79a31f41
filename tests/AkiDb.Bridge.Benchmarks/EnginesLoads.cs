using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AkiDb.Bridge.Onnx;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>Every load mode, several times in turn, each time in a new process of this program.</summary>
internal static class EnginesLoads
{
    private const int Rounds = 3;

    /// <returns>For each mode its name and the load with the median processor time.</returns>
    public static async Task<EnginesLoadMode[]> RunAsync(CancellationToken cancellationToken)
    {
        var cores = Environment.ProcessorCount;
        var modes = Enum.GetValues<OnnxMemory>().SelectMany(memory => new[] { 1, cores }.Distinct().Select(threads => (Memory: memory, Threads: threads))).ToArray();
        var loads = modes.ToDictionary(mode => mode, _ => new List<EnginesLoad>());
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var mode in modes)
            {
                loads[mode].Add(await LoadAsync(mode.Memory, mode.Threads, cancellationToken));
            }
        }

        return [.. modes.Select(mode => new EnginesLoadMode(
            mode.Memory.ToString(), mode.Threads == 1 ? 1 : 2, loads[mode].OrderBy(load => load.CpuToFirstAnswer).ElementAt(Rounds / 2)))];
    }

    public static void Print(IEnumerable<EnginesLoadMode> modes)
    {
        var table = new Table(
            "memory, sessions", "runtime ms", "graph", "session", "first run", "sum", "second session", "graph KiB", "private dirty MiB", "private clean", "shared");
        foreach (var (memory, sessions, load) in modes)
        {
            EnginesLoadStage[] stages = [load.Runtime, load.Graph, load.Session, load.FirstRun];
            var sum = new EnginesLoadStage(stages.Sum(stage => stage.Wall), stages.Sum(stage => stage.Cpu));
            table.Add(
            [
                $"{memory}, {sessions}", .. stages.Append(sum).Append(load.SecondSession).Select(stage => $"{Cell(stage.Wall)} ({Cell(stage.Cpu)})"),
                Cell(load.GraphBytes / 1024.0), .. Cells(load.Added),
            ]);
        }

        table.Print($"Load of the in-process engine in a new process: wall (CPU), the median of {Rounds}; memory that sessions and runs added. Clean pages are the file's own.");
    }

    public static IEnumerable<string> Cells(EnginesMemory? memory) =>
        memory is null ? ["-", "-", "-"] : [Cell(memory.PrivateDirty), Cell(memory.PrivateClean), Cell(memory.Shared)];

    private static string Cell(double number) => number.ToString("F0", CultureInfo.InvariantCulture);

    private static async Task<EnginesLoad> LoadAsync(OnnxMemory memory, int threads, CancellationToken cancellationToken)
    {
        string[] arguments = ["engines", EnginesBenchmark.LoadArgument, memory.ToString(), threads.ToString(CultureInfo.InvariantCulture)];
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true })!;
        var answer = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<EnginesLoad>(answer)!
            : throw new InvalidOperationException($"The load of {memory} with {threads} threads ended with exit code {process.ExitCode}.");
    }
}
