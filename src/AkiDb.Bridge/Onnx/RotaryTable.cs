using System.Runtime.InteropServices;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>The rotary embedding of the padded positions 0..S-1, computed once in a graph and used by every layer.</summary>
internal sealed class RotaryTable
{
    private readonly OnnxGraph graph;
    private readonly string cosines;
    private readonly string sines;
    private readonly string positions;

    public RotaryTable(OnnxGraph graph, Qwen3Architecture architecture)
    {
        this.graph = graph;
        var shape = graph.Op("Shape", [graph.Input(GraphInput.PaddedRows)]);
        var longest = graph.Op("Squeeze", [graph.Op("Slice", [shape, graph.Integers(1), graph.Integers(2)]), graph.Integers(0)]);
        var steps = graph.Op("Range", [graph.Integer(0), longest, graph.Integer(1)]);
        positions = graph.Op("Expand", [steps, shape]);

        var frequencies = Frequencies(architecture);
        var rates = graph.Constant(OnnxElement.Float32, [1, frequencies.Length], MemoryMarshal.AsBytes<float>(frequencies));
        var column = graph.Op("Unsqueeze", [graph.Cast(steps, OnnxElement.Float32), graph.Integers(1)]);
        var angles = graph.Op("Mul", [column, rates]);
        cosines = graph.Op("Cos", [angles]);
        sines = graph.Op("Sin", [angles]);
    }

    /// <summary>Turns the heads of [B, S, heads x head size], first half against second half.</summary>
    public string Rotate(string x, int heads) =>
        graph.Op("RotaryEmbedding", [x, cosines, sines, positions], OnnxAttribute.Integer("num_heads", heads));

    /// <summary>The reference computes these in single precision, step by step.</summary>
    private static float[] Frequencies(Qwen3Architecture architecture)
    {
        var frequencies = new float[architecture.HeadSize / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] = 1 / MathF.Pow((float)architecture.RopeTheta, 2f * i / architecture.HeadSize);
        }

        return frequencies;
    }
}
