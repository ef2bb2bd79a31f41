using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>Writes an activation into a graph.</summary>
internal static class ActivationLayer
{
    public static string Apply(OnnxGraph graph, string x, Activation activation) => activation switch
    {
        Activation.Identity => x,
        Activation.Gelu => graph.Op("Gelu", [x]),
        Activation.GeluTanh => graph.Op("Gelu", [x], OnnxAttribute.Text("approximate", "tanh")),
        Activation.Relu => graph.Op("Relu", [x]),
        Activation.Silu => graph.Op("Mul", [x, graph.Op("Sigmoid", [x])]),
        Activation.Tanh => graph.Op("Tanh", [x]),
        Activation.Sigmoid => graph.Op("Sigmoid", [x]),
        _ => throw new ArgumentOutOfRangeException(nameof(activation)),
    };
}
