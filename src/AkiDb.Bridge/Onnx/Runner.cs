using AkiDb.Bridge.Models;
using Microsoft.ML.OnnxRuntime;

namespace AkiDb.Bridge.Onnx;

/// <summary>Computes micro-batches, one at a time: the part of the engine that belongs to one thread.</summary>
internal sealed class Runner(OnnxModel graph, TransformerModel model) : IDisposable
{
    private static readonly string[] OutputNames = [GraphInputs.Output];

    private readonly RunBuffer buffer = new(model.Dimension);
    private readonly string[] names = [.. graph.Inputs.Select(input => input.Name())];
    private readonly OrtValue?[] values = new OrtValue?[graph.Inputs.Count];
    private readonly OrtValue?[] outputs = new OrtValue?[1];

    /// <summary>Computes a micro-batch and puts its rows where the call wants them.</summary>
    public void Run(InferenceSession session, EmbedCall call, MicroBatch batch)
    {
        buffer.Reserve(batch);
        RunInputs.Fill(buffer, call, batch, model);
        try
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = buffer.Tensor(graph.Inputs[i]);
            }

            outputs[0] = buffer.RowsTensor();
            session.Run(call.Options, names, values!, OutputNames, outputs!);
        }
        finally
        {
            Release(values);
            Release(outputs);
        }

        Scatter(call, batch);
    }

    public void Dispose() => buffer.Dispose();

    private static void Release(OrtValue?[] tensors)
    {
        foreach (var tensor in tensors)
        {
            tensor?.Dispose();
        }

        Array.Clear(tensors);
    }

    private void Scatter(EmbedCall call, MicroBatch batch)
    {
        var rows = call.Rows.Span;
        for (var text = 0; text < batch.Texts; text++)
        {
            var target = call.Plan.At(batch.First + text).Text;
            buffer.Rows.Slice(text * model.Dimension, model.Dimension).CopyTo(rows.Slice(target * model.Dimension, model.Dimension));
        }
    }
}
