using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>A linear layer over 8-bit weights, a scale for every 32 of them, and float32 activations.</summary>
/// <remarks>ONNX Runtime's own operator, which needs no particular CPU.</remarks>
/// <param name="weights">The weights to quantise.</param>
internal sealed class Int8WeightsLinearLayer(ModelWeights weights) : LinearLayer
{
    // 0 and 4 would let the operator quantise the activations too.
    private const int Float32Activations = 1;

    public override string Apply(OnnxGraph graph, string x, string weight, string? bias, int inputSize, int outputSize)
    {
        graph.Require(weight, outputSize, inputSize);
        var blocks = QuantizedBlocks.From(TensorValues.Read(weights.Tensors[weight]), outputSize);
        long perOutput = blocks.Scales.Length / outputSize;
        var integers = graph.Give(weight + "/int8", OnnxElement.UInt8, [outputSize, perOutput, QuantizedBlocks.Size], blocks.Values, weight);
        var scales = graph.Give(weight + "/scales", OnnxElement.Float32, [outputSize, perOutput], blocks.Scales, weight);
        var y = graph.RuntimeOp(
            "MatMulNBits",
            [x, integers, scales],
            OnnxAttribute.Integer("K", inputSize),
            OnnxAttribute.Integer("N", outputSize),
            OnnxAttribute.Integer("bits", 8),
            OnnxAttribute.Integer("block_size", QuantizedBlocks.Size),
            OnnxAttribute.Integer("accuracy_level", Float32Activations));
        return bias is null ? y : graph.Op("Add", [y, graph.Weight(bias, outputSize)]);
    }
}
