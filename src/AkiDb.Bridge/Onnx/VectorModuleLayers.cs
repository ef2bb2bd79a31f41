using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>Writes what becomes of the pooled rows into a graph.</summary>
internal sealed class VectorModuleLayers(OnnxGraph graph)
{
    /// <param name="rows">The pooled rows, [B, inputs of the first module].</param>
    /// <param name="modules">The modules, in order.</param>
    /// <returns>[B, outputs of the last module].</returns>
    public string Apply(string rows, IReadOnlyList<VectorModule> modules) => modules.Aggregate(rows, Apply);

    private string Apply(string rows, VectorModule module) => module switch
    {
        DenseModule dense => Dense(rows, dense),
        LayerNormModule norm => graph.Op(
            "LayerNormalization",
            [rows, Weight(norm, $"{LayerNormModule.Norm}.weight", norm.Size), Weight(norm, $"{LayerNormModule.Norm}.bias", norm.Size)],
            OnnxAttribute.Integer("axis", -1),
            OnnxAttribute.Float("epsilon", LayerNormModule.Epsilon)),
        NormalizeModule => Normalize(rows),
        _ => throw new ArgumentException($"No layer is known for {module.Name}.", nameof(module)),
    };

    private string Dense(string rows, DenseModule dense)
    {
        var matrix = Weight(dense, $"{DenseModule.Linear}.weight", dense.Outputs, dense.Inputs);
        ReadOnlySpan<string> arguments = dense.HasBias ? [rows, matrix, Weight(dense, $"{DenseModule.Linear}.bias", dense.Outputs)] : [rows, matrix];
        return ActivationLayer.Apply(graph, graph.Op("Gemm", arguments, OnnxAttribute.Integer("transB", 1)), dense.Activation);
    }

    private string Normalize(string rows)
    {
        var lengths = graph.Op("ReduceL2", [rows, graph.Integers(1)], OnnxAttribute.Integer("keepdims", 1));
        return graph.Op("Div", [rows, graph.Op("Max", [lengths, graph.Float(NormalizeModule.LeastLength)])]);
    }

    private string Weight(VectorModule module, string name, params ReadOnlySpan<long> shape) => graph.Weight(module.NameOf(name), shape);
}
