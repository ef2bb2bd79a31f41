using System.Globalization;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>The messages that a graph is made of, with the field numbers of <c>onnx.proto</c>.</summary>
internal static class OnnxProto
{
    private const int IrVersion = 10;
    private const int OperatorSet = 23;
    private const int ExternalLocation = 1;

    /// <summary>A whole model of a graph, as bytes.</summary>
    public static byte[] Model(ProtobufWriter graph) => new ProtobufWriter()
        .Integer(1, IrVersion)
        .Message(7, graph)
        .Message(8, new ProtobufWriter().Text(1, string.Empty).Integer(2, OperatorSet))
        .Written.ToArray();

    public static ProtobufWriter Tensor(OnnxElement element, ReadOnlySpan<long> shape)
    {
        var tensor = new ProtobufWriter();
        foreach (var dimension in shape)
        {
            tensor.Integer(1, dimension);
        }

        return tensor.Integer(2, (long)element);
    }

    public static ProtobufWriter Value(string name, OnnxElement element, params ReadOnlySpan<string> dimensions)
    {
        var shape = new ProtobufWriter();
        foreach (var dimension in dimensions)
        {
            shape.Message(1, long.TryParse(dimension, CultureInfo.InvariantCulture, out var fixedSize)
                ? new ProtobufWriter().Integer(1, fixedSize)
                : new ProtobufWriter().Text(2, dimension));
        }

        var tensorType = new ProtobufWriter().Integer(1, (long)element).Message(2, shape);
        return new ProtobufWriter().Text(1, name).Message(2, new ProtobufWriter().Message(1, tensorType));
    }

    /// <summary>A value of any shape.</summary>
    public static ProtobufWriter Shapeless(string name, OnnxElement element) =>
        new ProtobufWriter().Text(1, name).Message(2, new ProtobufWriter().Message(1, new ProtobufWriter().Integer(1, (long)element)));

    /// <summary>A tensor whose content lies in a safetensors file, at <paramref name="location"/>.</summary>
    public static ProtobufWriter ExternalTensor(string name, OnnxElement element, TensorEntry tensor, string location) =>
        Tensor(element, [.. tensor.Shape])
            .Text(8, name)
            .Message(13, Entry("location", location))
            .Message(13, Entry("offset", tensor.Offset.ToString(CultureInfo.InvariantCulture)))
            .Message(13, Entry("length", tensor.Length.ToString(CultureInfo.InvariantCulture)))
            .Integer(14, ExternalLocation);

    public static ProtobufWriter Node(
        string type, ReadOnlySpan<string> arguments, string output, ReadOnlySpan<OnnxAttribute> attributes)
    {
        var node = new ProtobufWriter();
        foreach (var argument in arguments)
        {
            node.Text(1, argument);
        }

        node.Text(2, output).Text(3, output).Text(4, type);
        foreach (var attribute in attributes)
        {
            node.Message(5, attribute.Message);
        }

        return node;
    }

    private static ProtobufWriter Entry(string key, string value) => new ProtobufWriter().Text(1, key).Text(2, value);
}
