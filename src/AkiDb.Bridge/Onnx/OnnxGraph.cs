using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AkiDb.Bridge.Models;
using Microsoft.ML.OnnxRuntime;

namespace AkiDb.Bridge.Onnx;

/// <summary>Builds an ONNX graph node by node; every method returns the name of the value that it made.</summary>
/// <remarks>Field numbers are those of <c>onnx.proto</c>.</remarks>
internal sealed class OnnxGraph(ModelWeights weights)
{
    private const int IrVersion = 10;
    private const string RuntimeDomain = "com.microsoft";

    private readonly ProtobufWriter graph = new();
    private readonly List<GraphInput> inputs = [];
    private readonly List<string> used = [];
    private readonly List<GivenTensor> given = [];
    private readonly HashSet<string> cast = [];
    private readonly Dictionary<string, string> constants = [];
    private int values;
    private bool usesRuntimeDomain;

    /// <summary>Appends a node with one output.</summary>
    public string Op(string type, ReadOnlySpan<string> arguments, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        var output = NextValue();
        Node(type, arguments, output, attributes);
        return output;
    }

    /// <summary>Appends a node of ONNX Runtime's own operators, version 1, with one output.</summary>
    public string RuntimeOp(string type, ReadOnlySpan<string> arguments, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        var output = NextValue();
        graph.Message(1, OnnxProto.Node(type, arguments, output, attributes).Text(7, RuntimeDomain));
        usesRuntimeDomain = true;
        return output;
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
            Node("Cast", [name], output, OnnxAttribute.Integer("to", (long)OnnxElement.Float32));
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

    /// <summary>A large tensor of the host's own, made from a tensor of the model folder that is no smaller.</summary>
    /// <remarks>The graph points to that tensor's bytes, which are never read: what the session is given comes before them.</remarks>
    public string Give<T>(string name, OnnxElement element, long[] shape, T[] content, string from)
        where T : unmanaged
    {
        var place = weights.Tensors[from] with { Shape = shape, Length = content.Length * Unsafe.SizeOf<T>() };
        graph.Message(5, OnnxProto.ExternalTensor(name, element, place));
        given.Add(new GivenTensor(name, () => OrtValue.CreateTensorValueFromMemory(content, shape)));
        return name;
    }

    /// <summary>Checks that the model folder has a tensor, with this shape and a type of floating-point numbers.</summary>
    public void Require(string name, params ReadOnlySpan<long> shape) => Element(name, Find(name, shape));

    /// <summary>Ends the graph.</summary>
    /// <param name="output">The value that is the graph's output, float [B, <paramref name="dimension"/>].</param>
    /// <param name="dimension">The components of one row.</param>
    /// <param name="operatorSet">The version of the ONNX operators.</param>
    public OnnxModel Model(string output, int dimension, int operatorSet)
    {
        Node("Identity", [output], GraphInputs.Output);
        foreach (var input in inputs)
        {
            graph.Message(11, OnnxProto.Value(input.Name(), input.Element(), input.Dimensions()));
        }

        graph.Message(12, OnnxProto.Value(GraphInputs.Output, OnnxElement.Float32, "B", dimension.ToString(CultureInfo.InvariantCulture)));
        graph.Text(2, "embed");
        var model = new ProtobufWriter()
            .Integer(1, IrVersion)
            .Message(7, graph)
            .Message(8, new ProtobufWriter().Text(1, string.Empty).Integer(2, operatorSet));
        if (usesRuntimeDomain)
        {
            model.Message(8, new ProtobufWriter().Text(1, RuntimeDomain).Integer(2, 1));
        }

        return new(model.Written.ToArray(), inputs, used, given);
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
        graph.Message(5, OnnxProto.ExternalTensor(name, Element(name, tensor), tensor));
    }

    private void Node(string type, ReadOnlySpan<string> arguments, string output, params ReadOnlySpan<OnnxAttribute> attributes) =>
        graph.Message(1, OnnxProto.Node(type, arguments, output, attributes));
}
