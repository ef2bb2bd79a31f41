namespace AkiDb.Bridge.Onnx;

/// <summary>One attribute of an ONNX node, already written as an <c>AttributeProto</c>.</summary>
internal readonly struct OnnxAttribute
{
    private const int FloatType = 1;
    private const int IntegerType = 2;
    private const int TextType = 3;
    private const int GraphType = 5;
    private const int IntegersType = 7;

    private OnnxAttribute(ProtobufWriter message) => Message = message;

    public ProtobufWriter Message { get; }

    public static OnnxAttribute Float(string name, double value) =>
        new(new ProtobufWriter().Text(1, name).Single(2, (float)value).Integer(20, FloatType));

    public static OnnxAttribute Integer(string name, long value) =>
        new(new ProtobufWriter().Text(1, name).Integer(3, value).Integer(20, IntegerType));

    public static OnnxAttribute Text(string name, string value) =>
        new(new ProtobufWriter().Text(1, name).Text(4, value).Integer(20, TextType));

    public static OnnxAttribute Graph(string name, ProtobufWriter graph) =>
        new(new ProtobufWriter().Text(1, name).Message(6, graph).Integer(20, GraphType));

    public static OnnxAttribute Integers(string name, params ReadOnlySpan<long> values)
    {
        var message = new ProtobufWriter().Text(1, name);
        foreach (var value in values)
        {
            message.Integer(8, value);
        }

        return new(message.Integer(20, IntegersType));
    }
}
