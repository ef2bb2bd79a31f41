using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Onnx;

/// <summary>The rotary embedding of the padded positions 0..S-1, computed once in a graph and used by every layer of a kind.</summary>
internal sealed class RotaryTable
{
    private readonly OnnxGraph graph;
    private readonly string cosines;
    private readonly string sines;
    private readonly string positions;

    /// <param name="graph">The graph.</param>
    /// <param name="headSize">The components of a head.</param>
    /// <param name="theta">The base of the frequencies.</param>
    /// <param name="factor">How much longer than in training texts may be; 1 for no longer.</param>
    public RotaryTable(OnnxGraph graph, int headSize, double theta, double factor)
    {
        this.graph = graph;
        var shape = graph.Op("Shape", [graph.Input(GraphInput.PaddedRows)]);
        var longest = graph.Op("Squeeze", [graph.Op("Slice", [shape, graph.Integers(1), graph.Integers(2)]), graph.Integers(0)]);
        var steps = graph.Op("Range", [graph.Integer(0), longest, graph.Integer(1)]);
        positions = graph.Op("Expand", [steps, shape]);

        var frequencies = Frequencies(headSize, theta, factor);
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
    private static float[] Frequencies(int headSize, double theta, double factor)
    {
        var frequencies = new float[headSize / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] = 1 / MathF.Pow((float)(theta * factor), 2f * i / headSize) / (float)Math.Pow(factor, 2.0 / headSize);
        }

        return frequencies;
    }
}
