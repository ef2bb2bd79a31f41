namespace AkiDb.Bridge.Onnx;

/// <summary>Writes a linear layer, x W^T + b, into a graph: the one thing that differs between precisions.</summary>
internal abstract class LinearLayer
{
    /// <summary>Appends the layer; returns its output, [rows, <paramref name="outputSize"/>].</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="x">The layer's input, [rows, <paramref name="inputSize"/>].</param>
    /// <param name="weight">The name of the weight, [<paramref name="outputSize"/>, <paramref name="inputSize"/>].</param>
    /// <param name="bias">The name of the bias, [<paramref name="outputSize"/>]; null where there is none.</param>
    /// <param name="inputSize">The components of a row of the input.</param>
    /// <param name="outputSize">The components of a row of the output.</param>
    public abstract string Apply(OnnxGraph graph, string x, string weight, string? bias, int inputSize, int outputSize);
}
