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
        Activation.ClippedGelu => graph.Op("Max", [graph.Op("Min", [graph.Op("Gelu", [x]), graph.Float(10)]), graph.Float(-10)]),
        Activation.QuickGelu => graph.Op("Mul", [x, graph.Op("Sigmoid", [graph.Op("Mul", [x, graph.Float(1.702)])])]),
        Activation.Mish => graph.Op("Mul", [x, graph.Op("Tanh", [graph.Op("Softplus", [x])])]),
        Activation.LeakyRelu => graph.Op("LeakyRelu", [x], OnnxAttribute.Float("alpha", 0.01)),
        Activation.SquaredRelu => Square(graph, graph.Op("Relu", [x])),
        Activation.Relu6 => UpTo6(graph, x),
        Activation.Elu => graph.Op("Elu", [x]),
        Activation.Selu => graph.Op("Selu", [x]),
        Activation.Softplus => graph.Op("Softplus", [x]),
        Activation.HardSwish => graph.Op("Div", [graph.Op("Mul", [x, UpTo6(graph, graph.Op("Add", [x, graph.Float(3)]))]), graph.Float(6)]),
        _ => throw new ArgumentOutOfRangeException(nameof(activation)),
    };

    private static string Square(OnnxGraph graph, string x) => graph.Op("Mul", [x, x]);

    private static string UpTo6(OnnxGraph graph, string x) => graph.Op("Min", [graph.Op("Relu", [x]), graph.Float(6)]);
}
