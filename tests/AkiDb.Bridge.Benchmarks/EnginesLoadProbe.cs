using System.Text.Json;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>Loads the in-process engine's parts in a process that has done nothing else, and prints what it took as a line of JSON.</summary>
internal static class EnginesLoadProbe
{
    private const int Tokens = 16;
    private const int SomeToken = 2000;

    public static async Task RunAsync(TransformerModel model, OnnxMemory memory, int cores)
    {
        var options = new OnnxOptions { Memory = memory };
        var runtime = await StageAsync(() => OnnxEnvironment.Begin());
        OnnxModel graph = null!;
        var building = await StageAsync(() => graph = GraphBuilder.Build(model));
        var before = Memory();
        OnnxSessions sessions = null!;
        var opening = await StageAsync(() => sessions = OnnxSessions.Open(model, graph, options, cores));
        var batch = EnginesCase.ToBatch([[.. Enumerable.Repeat(SomeToken, Tokens)]]);
        using var call = new EmbedCall(batch, new float[model.Dimension], CallPlan.Create(batch.Lengths.Span, options.BatchTokens, cores));
        using var runner = new Runner(graph, model);
        var running = await StageAsync(() => runner.Run(sessions.Narrow, call, call.Plan.Batches[0]));
        var widening = cores == 1 ? new EnginesLoadStage(0, 0) : await StageAsync(sessions.Widen);
        runner.Run(sessions.Wide, call, call.Plan.Batches[0]);
        var after = Memory();
        sessions.Dispose();
        Console.WriteLine(JsonSerializer.Serialize(new EnginesLoad(
            runtime, building, opening, running, widening, graph.Bytes.Length, before is null || after is null ? null : after - before)));
    }

    private static EnginesMemory? Memory()
    {
        GC.Collect();
        return EnginesMemory.Of(Environment.ProcessId);
    }

    private static async Task<EnginesLoadStage> StageAsync(Action step)
    {
        var timing = await EnginesCpuClock.MeasureAsync(() =>
        {
            step();
            return Task.CompletedTask;
        });
        return new(timing.Wall.TotalMilliseconds, timing.Cpu.TotalMilliseconds);
    }
}
