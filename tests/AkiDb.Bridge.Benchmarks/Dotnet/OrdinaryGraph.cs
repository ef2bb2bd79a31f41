using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;

namespace AkiDb.Bridge.Benchmarks.Dotnet;

/// <summary>
/// A model as everybody's exporters write it, by our own graph writer: <c>input_ids</c>, <c>attention_mask</c>, <c>token_type_ids</c> -> <c>last_hidden_state</c>, in a folder of
/// its own that is gone at the end.
/// </summary>
internal sealed class OrdinaryGraph : IDisposable
{
    private const int OperatorSet = 21;
    private const int IrVersion = 10;
    private const string Shape = "ids_shape";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("akidb-bench-graph-");

    public OrdinaryGraph(TransformerModel model)
    {
        var architecture = (EncoderArchitecture)model.Architecture;
        var graph = new OnnxGraph(model.Weights);
        var layers = new EncoderLayers(graph, architecture, model.Weights.Prefix, new AttentionLayers(graph, model));
        var x = layers.Embeddings();
        for (var layer = 0; layer < architecture.Layers; layer++)
        {
            x = layers.Encoder(layer, x, pooledOnly: false);
        }

        File.WriteAllBytes(ModelFile, Whole(graph.Model(layers.Finish(x), model.Dimension, blockQueries: 0).Bytes, model.Dimension));
        File.Copy(model.Weights.Files[0], Path.Combine(folder.FullName, WeightMapping.NameOf(model.Weights, model.Weights.Files[0])));
    }

    public string ModelFile => Path.Combine(folder.FullName, "model.onnx");

    public void Dispose() => folder.Delete(recursive: true);

    // Our engine's inputs are made of the usual ones; what else the graph declares goes, its nodes and weights stay.
    private static byte[] Whole(ReadOnlyMemory<byte> ours, int hidden)
    {
        var inner = Fields(ours).Single(field => field.Number == 7).Content;
        var graph = new ProtobufWriter().Text(2, "embed");
        Constant(graph, "flat", -1);
        Constant(graph, "hidden", hidden);
        Scalar(graph, "zero", 0);
        Scalar(graph, "step", 1);
        graph.Message(5, OnnxProto.Tensor(OnnxElement.Float32, []).Bytes(9, BitConverter.GetBytes(1f)).Text(8, "one_float"));
        graph.Message(5, OnnxProto.Tensor(OnnxElement.Float32, []).Bytes(9, BitConverter.GetBytes(-1e30f)).Text(8, "far_below"));
        Node(graph, "Shape", Shape, ["input_ids"]);
        Node(graph, "Size", "ids_size", ["input_ids"]);
        Node(graph, "Gather", "longest", [Shape, "step"], OnnxAttribute.Integer("axis", 0));
        Node(graph, "Range", "places", ["zero", "longest", "step"]);
        Node(graph, "Range", "rows_in_order", ["zero", "ids_size", "step"]);
        Flat(graph, GraphInput.Ids, "input_ids");
        Node(graph, "Expand", "places_of_all", ["places", Shape]);
        Flat(graph, GraphInput.Positions, "places_of_all");
        Node(graph, "Reshape", "rows_padded", ["rows_in_order", Shape]);
        Int32(graph, GraphInput.PaddedRows, "rows_padded");
        Int32(graph, GraphInput.PackedRows, "rows_in_order");
        Node(graph, "Cast", "attended", ["attention_mask"], OnnxAttribute.Integer("to", (long)OnnxElement.Float32));
        Node(graph, "Sub", "padding", ["one_float", "attended"]);
        Node(graph, "Mul", GraphInput.Mask.Name(), ["padding", "far_below"]);
        foreach (var field in Fields(inner).Where(field => field.Number is 1 or 5))
        {
            graph.Bytes(field.Number, field.Content.Span);
        }

        Node(graph, "Concat", "output_shape", [Shape, "hidden"], OnnxAttribute.Integer("axis", 0));
        Node(graph, "Reshape", "last_hidden_state", [GraphInputs.Output, "output_shape"]);
        foreach (var input in new[] { "input_ids", "attention_mask", "token_type_ids" })
        {
            graph.Message(11, OnnxProto.Value(input, OnnxElement.Int64, "batch_size", "sequence_length"));
        }

        graph.Message(12, OnnxProto.Value("last_hidden_state", OnnxElement.Float32, "batch_size", "sequence_length", $"{hidden}"));
        return new ProtobufWriter().Integer(1, IrVersion).Message(7, graph).Message(8, new ProtobufWriter().Text(1, "").Integer(2, OperatorSet)).Written.ToArray();
    }

    private static void Flat(ProtobufWriter graph, GraphInput input, string from)
    {
        Node(graph, "Reshape", $"{input}_flat", [from, "flat"]);
        Int32(graph, input, $"{input}_flat");
    }

    private static void Int32(ProtobufWriter graph, GraphInput input, string from) =>
        Node(graph, "Cast", input.Name(), [from], OnnxAttribute.Integer("to", (long)OnnxElement.Int32));

    private static void Node(ProtobufWriter graph, string type, string output, string[] arguments, params ReadOnlySpan<OnnxAttribute> attributes) =>
        graph.Message(1, OnnxProto.Node(type, arguments, output, attributes));

    private static void Constant(ProtobufWriter graph, string name, long value) =>
        graph.Message(5, OnnxProto.Tensor(OnnxElement.Int64, [1]).Bytes(9, BitConverter.GetBytes(value)).Text(8, name));

    private static void Scalar(ProtobufWriter graph, string name, long value) =>
        graph.Message(5, OnnxProto.Tensor(OnnxElement.Int64, []).Bytes(9, BitConverter.GetBytes(value)).Text(8, name));

    // The fields of a message that our writer has written: numbers, and what has a length.
    private static List<(int Number, ReadOnlyMemory<byte> Content)> Fields(ReadOnlyMemory<byte> message)
    {
        var fields = new List<(int, ReadOnlyMemory<byte>)>();
        while (message.Length > 0)
        {
            var tag = Varint(ref message);
            var length = (tag & 7) == 2 ? (int)Varint(ref message) : 0;
            if (length == 0)
            {
                Varint(ref message);
            }

            fields.Add(((int)(tag >> 3), message[..length]));
            message = message[length..];
        }

        return fields;
    }

    private static ulong Varint(ref ReadOnlyMemory<byte> message)
    {
        var (value, shift) = (0UL, 0);
        byte next;
        do
        {
            next = message.Span[0];
            message = message[1..];
            value |= (ulong)(next & 0x7F) << shift;
            shift += 7;
        }
        while (next >= 0x80);
        return value;
    }
}
