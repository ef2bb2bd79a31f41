namespace AkiDb.Bridge.Models;

/// <summary>What activations are called: on the wire, in <c>config.json</c>, and in the configuration of a dense module. A further one is a line here, in <see cref="Activation"/>, in <c>Onnx/ActivationLayer</c> and in the worker's <c>activations.py</c>.</summary>
internal static class Activations
{
    private static readonly string[] Names =
    [
        "identity", "gelu", "gelu_tanh", "relu", "silu", "tanh", "sigmoid", "gelu_10", "quick_gelu", "mish", "leaky_relu", "relu2", "relu6", "elu", "selu", "softplus",
        "hardswish",
    ];

    private static readonly Dictionary<string, Activation> OfLayers = new()
    {
        ["gelu"] = Activation.Gelu,
        ["gelu_python"] = Activation.Gelu,
        ["gelu_new"] = Activation.GeluTanh,
        ["gelu_fast"] = Activation.GeluTanh,
        ["gelu_accurate"] = Activation.GeluTanh,
        ["gelu_python_tanh"] = Activation.GeluTanh,
        ["gelu_pytorch_tanh"] = Activation.GeluTanh,
        ["relu"] = Activation.Relu,
        ["silu"] = Activation.Silu,
        ["swish"] = Activation.Silu,
        ["tanh"] = Activation.Tanh,
        ["sigmoid"] = Activation.Sigmoid,
        ["linear"] = Activation.Identity,
        ["gelu_10"] = Activation.ClippedGelu,
        ["quick_gelu"] = Activation.QuickGelu,
        ["mish"] = Activation.Mish,
        ["leaky_relu"] = Activation.LeakyRelu,
        ["relu2"] = Activation.SquaredRelu,
        ["relu6"] = Activation.Relu6,
        ["hardswish"] = Activation.HardSwish,
    };

    private static readonly Dictionary<string, Activation> OfModules = new()
    {
        ["Identity"] = Activation.Identity,
        ["GELU"] = Activation.Gelu,
        ["ReLU"] = Activation.Relu,
        ["SiLU"] = Activation.Silu,
        ["Tanh"] = Activation.Tanh,
        ["Sigmoid"] = Activation.Sigmoid,
        ["Mish"] = Activation.Mish,
        ["LeakyReLU"] = Activation.LeakyRelu,
        ["ReLU6"] = Activation.Relu6,
        ["ELU"] = Activation.Elu,
        ["SELU"] = Activation.Selu,
        ["Softplus"] = Activation.Softplus,
        ["Hardswish"] = Activation.HardSwish,
    };

    private static readonly string[] ModulePrefixes = ["torch.nn.modules.activation.", "torch.nn.modules.linear.", "torch.nn.modules.", "torch.nn."];

    public static string ToName(this Activation activation) => Names[(int)activation];

    /// <summary>The activation that a member of <c>config.json</c> names.</summary>
    /// <param name="config">The file.</param>
    /// <param name="member">The member.</param>
    /// <param name="absent">What holds where it is absent.</param>
    public static Activation Read(JsonMembers config, string member, Activation absent) => config.Text(member) switch
    {
        null => absent,
        var name when OfLayers.TryGetValue(name, out var activation) => activation,
        _ => throw config.Wrong(member, Choice(OfLayers.Keys)),
    };

    /// <summary>The activation that a dense module names as a class of torch; the library's own choice where it names none.</summary>
    public static Activation ReadModule(JsonMembers config, string member) => config.Text(member) switch
    {
        null => Activation.Tanh,
        var name when ModulePrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))
            && OfModules.TryGetValue(name[(name.LastIndexOf('.') + 1)..], out var activation) => activation,
        _ => throw config.Wrong(member, $"torch.nn and one of {Choice(OfModules.Keys)}"),
    };

    private static string Choice(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"\"{name}\""));
}
