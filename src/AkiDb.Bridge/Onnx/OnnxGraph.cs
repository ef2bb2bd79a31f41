using System.Globalization;
using System.Runtime.InteropServices;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>Builds an ONNX graph node by node; every method returns the name of the value that it made.</summary>
/// <remarks>Field numbers are those of <c>onnx.proto</c>.</remarks>
internal sealed class OnnxGraph(ModelWeights weights)
{
    private readonly ProtobufWriter graph = new();
    private readonly List<GraphInput> inputs = [];
    private readonly List<string> used = [];
    private readonly HashSet<string> cast = [];
    private readonly Dictionary<string, string> constants = [];
    private ProtobufWriter? branch;
    private int values;

    /// <summary>Appends a node with one output.</summary>
    public string Op(string type, ReadOnlySpan<string> arguments, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        var output = NextValue();
        Node(type, arguments, output, attributes);
        return output;
    }

    /// <summary>Computes one of two values: what the other one needs is not computed. Either may use whatever was made before.</summary>
    public string If(string condition, Func<string> then, Func<string> otherwise) => Op(
        "If",
        [condition],
        OnnxAttribute.Graph("then_branch", Branch([], then)),
        OnnxAttribute.Graph("else_branch", Branch([], otherwise)));

    /// <summary>Computes a value several times.</summary>
    /// <param name="times">How often, an int64 scalar.</param>
    /// <param name="compute">Makes the value from the number of the repetition, an int64 scalar; its shape must always be the same.</param>
    /// <returns>The values, in a new first dimension.</returns>
    public string Repeat(string times, Func<string, string> compute)
    {
        var number = NextValue();
        var condition = NextValue();
        var inputs = new[] { OnnxProto.Value(number, OnnxElement.Int64), OnnxProto.Value(condition, OnnxElement.Boolean) };
        return Op("Loop", [times, string.Empty], OnnxAttribute.Graph("body", Branch(inputs, () => compute(number), condition)));
    }

    /// <summary>A linear layer, x W^T + b: one Gemm over the weight as it lies in the file.</summary>
    /// <param name="x">The layer's input, [rows, <paramref name="inputSize"/>].</param>
    /// <param name="weight">The name of the weight, [<paramref name="outputSize"/>, <paramref name="inputSize"/>].</param>
    /// <param name="bias">The name of the bias, [<paramref name="outputSize"/>]; null where there is none.</param>
    /// <param name="inputSize">The components of a row of the input.</param>
    /// <param name="outputSize">The components of a row of the output.</param>
    public string Linear(string x, string weight, string? bias, int inputSize, int outputSize)
    {
        var matrix = Weight(weight, outputSize, inputSize);
        ReadOnlySpan<string> arguments = bias is null ? [x, matrix] : [x, matrix, Weight(bias, outputSize)];
        return Op("Gemm", arguments, OnnxAttribute.Integer("transB", 1));
    }

    /// <summary>Declares an input, once.</summary>
    public string Input(GraphInput input)
    {
        if (!inputs.Contains(input))
        {
            inputs.Add(input);
        }

        return input.Name();
    }

    /// <summary>A tensor of the model folder as float32: 16-bit elements are cast, which ONNX Runtime folds once at load.</summary>
    public string Weight(string name, params ReadOnlySpan<long> shape)
    {
        var tensor = Find(name, shape);
        Declare(name, tensor);
        if (Element(name, tensor) == OnnxElement.Float32)
        {
            return name;
        }

        var output = name + "/float32";
        if (cast.Add(name))
        {
            graph.Message(1, OnnxProto.Node("Cast", [name], output, [OnnxAttribute.Integer("to", (long)OnnxElement.Float32)]));
        }

        return output;
    }

    /// <summary>Rows of an embedding table as float32: a 16-bit table stays 16-bit and mapped, only the rows are cast.</summary>
    public string Rows(string table, string rows, params ReadOnlySpan<long> shape)
    {
        var tensor = Find(table, shape);
        Declare(table, tensor);
        var gathered = Op("Gather", [table, rows], OnnxAttribute.Integer("axis", 0));
        return Element(table, tensor) == OnnxElement.Float32 ? gathered : Cast(gathered, OnnxElement.Float32);
    }

    public string Cast(string value, OnnxElement element) => Op("Cast", [value], OnnxAttribute.Integer("to", (long)element));

    /// <summary>A small int64 vector inside the graph, such as a shape.</summary>
    public string Integers(params ReadOnlySpan<long> vector) =>
        Constant(OnnxElement.Int64, [vector.Length], MemoryMarshal.AsBytes(vector));

    /// <summary>An int64 scalar inside the graph.</summary>
    public string Integer(long value) => Constant(OnnxElement.Int64, [], MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in value)));

    /// <summary>A float32 scalar inside the graph.</summary>
    public string Float(double value)
    {
        var single = (float)value;
        return Constant(OnnxElement.Float32, [], MemoryMarshal.AsBytes(new ReadOnlySpan<float>(in single)));
    }

    /// <summary>A constant inside the graph.</summary>
    public string Constant(OnnxElement element, ReadOnlySpan<long> shape, ReadOnlySpan<byte> content)
    {
        var tensor = OnnxProto.Tensor(element, shape).Bytes(9, content);
        var key = Convert.ToBase64String(tensor.Written);
        if (!constants.TryGetValue(key, out var name))
        {
            constants[key] = name = string.Create(CultureInfo.InvariantCulture, $"c{constants.Count}");
            graph.Message(5, tensor.Text(8, name));
        }

        return name;
    }

    /// <summary>Ends the graph.</summary>
    /// <param name="output">The value that is the graph's output, float [B, <paramref name="dimension"/>].</param>
    /// <param name="dimension">The components of one row.</param>
    /// <param name="blockQueries">The queries of one block of the attention; 0 for no blocks.</param>
    public OnnxModel Model(string output, int dimension, int blockQueries)
    {
        Node("Identity", [output], GraphInputs.Output);
        foreach (var input in inputs)
        {
            graph.Message(11, OnnxProto.Value(input.Name(), input.Element(), input.Dimensions()));
        }

        graph.Message(12, OnnxProto.Value(GraphInputs.Output, OnnxElement.Float32, "B", dimension.ToString(CultureInfo.InvariantCulture)));
        graph.Text(2, "embed");
        return new(OnnxProto.Model(graph), inputs, used, blockQueries);
    }

    /// <summary>A graph inside the graph. Weights and constants that it uses stand outside.</summary>
    private ProtobufWriter Branch(ReadOnlySpan<ProtobufWriter> branchInputs, Func<string> compute, string? condition = null)
    {
        var outer = branch;
        var own = branch = new ProtobufWriter();
        foreach (var input in branchInputs)
        {
            own.Message(11, input);
        }

        if (condition is not null)
        {
            own.Message(12, OnnxProto.Shapeless(Op("Identity", [condition]), OnnxElement.Boolean));
        }

        own.Message(12, OnnxProto.Shapeless(compute(), OnnxElement.Float32));
        branch = outer;
        return own.Text(2, "branch");
    }

    private string NextValue() => string.Create(CultureInfo.InvariantCulture, $"v{++values}");

    private static OnnxElement Element(string name, TensorEntry tensor) => tensor.Type switch
    {
        "F32" => OnnxElement.Float32,
        "F16" => OnnxElement.Float16,
        "BF16" => OnnxElement.BFloat16,
        _ => throw new BridgeException(
            BridgeErrorKind.BadModel,
            $"The tensor '{name}' in '{tensor.File}' holds {tensor.Type}; the in-process engine reads F32, F16 and BF16."),
    };

    private TensorEntry Find(string name, ReadOnlySpan<long> shape)
    {
        if (!weights.Tensors.TryGetValue(name, out var tensor))
        {
            throw new BridgeException(
                BridgeErrorKind.BadModel,
                $"The weights ({string.Join(", ", weights.Files)}) hold no tensor '{name}', which config.json asks for.");
        }

        if (!shape.SequenceEqual([.. tensor.Shape]))
        {
            throw new BridgeException(
                BridgeErrorKind.BadModel,
                $"The tensor '{name}' in '{tensor.File}' has the shape [{string.Join(", ", tensor.Shape)}]; config.json asks for [{string.Join(", ", shape.ToArray())}].");
        }

        return tensor;
    }

    private void Declare(string name, TensorEntry tensor)
    {
        if (used.Contains(name))
        {
            return;
        }

        used.Add(name);
        graph.Message(5, External(name, Element(name, tensor), tensor));
    }

    private ProtobufWriter External(string name, OnnxElement element, TensorEntry tensor) =>
        OnnxProto.ExternalTensor(name, element, tensor, WeightMapping.NameOf(weights, tensor.File));

    private void Node(string type, ReadOnlySpan<string> arguments, string output, params ReadOnlySpan<OnnxAttribute> attributes) =>
        (branch ?? graph).Message(1, OnnxProto.Node(type, arguments, output, attributes));
}
