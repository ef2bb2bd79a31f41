namespace AkiDb.Bridge.Onnx;

/// <summary>A linear layer in float32: one Gemm over the weight as it lies in the file.</summary>
internal sealed class Float32LinearLayer : LinearLayer
{
    public override string Apply(OnnxGraph graph, string x, string weight, string? bias, int inputSize, int outputSize)
    {
        var matrix = graph.Weight(weight, outputSize, inputSize);
        ReadOnlySpan<string> arguments = bias is null ? [x, matrix] : [x, matrix, graph.Weight(bias, outputSize)];
        return graph.Op("Gemm", arguments, OnnxAttribute.Integer("transB", 1));
    }
}
