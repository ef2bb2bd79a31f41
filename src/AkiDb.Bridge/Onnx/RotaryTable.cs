using System.Runtime.InteropServices;
using AkiDb.Bridge.Models;

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
    /// <param name="rotary">The positions.</param>
    public RotaryTable(OnnxGraph graph, int headSize, RotaryPositions rotary)
    {
        this.graph = graph;
        var shape = graph.Op("Shape", [graph.Input(GraphInput.PaddedRows)]);
        var longest = graph.Op("Squeeze", [graph.Op("Slice", [shape, graph.Integers(1), graph.Integers(2)]), graph.Integers(0)]);
        var steps = graph.Op("Range", [graph.Integer(0), longest, graph.Integer(1)]);
        positions = graph.Op("Expand", [steps, shape]);

        var frequencies = rotary.Frequencies(headSize);
        var rates = graph.Constant(OnnxElement.Float32, [1, frequencies.Length], MemoryMarshal.AsBytes<float>(frequencies));
        var column = graph.Op("Unsqueeze", [graph.Cast(steps, OnnxElement.Float32), graph.Integers(1)]);
        var angles = graph.Op("Mul", [column, rates]);
        cosines = Scaled(graph.Op("Cos", [angles]));
        sines = Scaled(graph.Op("Sin", [angles]));

        string Scaled(string x) => rotary.Magnitude == 1 ? x : graph.Op("Mul", [x, graph.Float(rotary.Magnitude)]);
    }

    /// <summary>Turns the heads of [B, S, heads x head size], first half against second half.</summary>
    public string Rotate(string x, int heads) =>
        graph.Op("RotaryEmbedding", [x, cosines, sines, positions], OnnxAttribute.Integer("num_heads", heads));
}
