using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>A linear layer over 8-bit weights and activations.</summary>
/// <remarks>
/// Each token has a scale of its own: with one scale for the whole tensor a text's vector would depend on its neighbours.
/// </remarks>
/// <param name="weights">The weights to quantise.</param>
/// <param name="largest">The integer that the largest weight of an output becomes: 127, or 63 where sums of two products must fit 16 bits.</param>
internal sealed class Int8LinearLayer(ModelWeights weights, int largest) : LinearLayer
{
    private const byte ZeroPoint = 128;

    private readonly Dictionary<string, (string Values, string Scales)> quantized = [];

    public override string Apply(OnnxGraph graph, string x, string weight, string? bias, int inputSize, int outputSize)
    {
        graph.Require(weight, outputSize, inputSize);
        var matrix = QuantizedWeight.From(TensorValues.Read(weights.Tensors[weight]), outputSize, largest);
        var integers = graph.Give(weight + "/int8", OnnxElement.Int8, [inputSize, outputSize], matrix.Values, weight);
        var units = graph.Give(weight + "/scales", OnnxElement.Float32, [outputSize], matrix.Scales, weight);

        if (!quantized.TryGetValue(x, out var tokens))
        {
            quantized[x] = tokens = Quantize(graph, x);
        }

        var product = graph.Op("MatMulInteger", [tokens.Values, integers, graph.Constant(OnnxElement.UInt8, [], [ZeroPoint])]);
        var scales = graph.Op("Unsqueeze", [tokens.Scales, graph.Integers(1)]);
        var y = graph.Op("Mul", [graph.Op("Mul", [graph.Cast(product, OnnxElement.Float32), scales]), units]);
        return bias is null ? y : graph.Op("Add", [y, graph.Weight(bias, outputSize)]);
    }

    private static (string Values, string Scales) Quantize(OnnxGraph graph, string x)
    {
        var magnitudes = graph.Op("ReduceMax", [graph.Op("Abs", [x]), graph.Integers(1)], OnnxAttribute.Integer("keepdims", 0));
        var scales = graph.Op("Max", [graph.Op("Div", [magnitudes, graph.Float(sbyte.MaxValue)]), graph.Float(1e-12)]);
        var zeros = graph.Op("Expand", [graph.Constant(OnnxElement.UInt8, [], [ZeroPoint]), graph.Op("Shape", [scales])]);
        return (graph.Op("QuantizeLinear", [x, scales, zeros], OnnxAttribute.Integer("axis", 0)), scales);
    }
}
