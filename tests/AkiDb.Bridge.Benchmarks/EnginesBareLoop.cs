using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>ONNX Runtime over micro-batches whose inputs were filled beforehand: nothing but the runs.</summary>
internal sealed class EnginesBareLoop : IDisposable
{
    private static readonly string[] Outputs = [GraphInputs.Output];

    private readonly RunOptions options = new();
    private readonly InferenceSession session;
    private readonly string[] names;
    private readonly int callers;
    private readonly List<(RunBuffer Buffer, OrtValue[] Inputs, OrtValue[] Rows)> runs = [];

    /// <param name="session">Runs them.</param>
    /// <param name="graph">Its graph.</param>
    /// <param name="model">The model.</param>
    /// <param name="batch">The texts.</param>
    /// <param name="plan">How they are cut.</param>
    /// <param name="callers">How many micro-batches run at once.</param>
    public EnginesBareLoop(InferenceSession session, OnnxModel graph, TransformerModel model, TokenBatch batch, CallPlan plan, int callers)
    {
        this.session = session;
        this.callers = callers;
        names = [.. graph.Inputs.Select(input => input.Name())];
        using var call = new EmbedCall(batch, new float[batch.Texts * model.Dimension], plan);
        foreach (var part in plan.Batches)
        {
            var buffer = new RunBuffer(model.Dimension);
            buffer.Reserve(part);
            RunInputs.Fill(buffer, call, part, model);
            runs.Add((buffer, [.. graph.Inputs.Select(buffer.Tensor)], [buffer.RowsTensor()]));
        }
    }

    public Task RunAsync()
    {
        var left = runs.Count;
        if (callers == 1)
        {
            RunLeft();
        }
        else
        {
            Parallel.For(0, callers, new ParallelOptions { MaxDegreeOfParallelism = callers }, _ => RunLeft());
        }

        return Task.CompletedTask;

        void RunLeft()
        {
            for (var next = Interlocked.Decrement(ref left); next >= 0; next = Interlocked.Decrement(ref left))
            {
                session.Run(options, names, runs[next].Inputs, Outputs, runs[next].Rows);
            }
        }
    }

    public void Dispose()
    {
        foreach (var (buffer, inputs, rows) in runs)
        {
            foreach (var value in inputs.Concat(rows))
            {
                value.Dispose();
            }

            buffer.Dispose();
        }

        options.Dispose();
    }
}
