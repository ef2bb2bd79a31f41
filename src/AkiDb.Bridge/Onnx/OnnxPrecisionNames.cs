namespace AkiDb.Bridge.Onnx;

/// <summary>What a precision is called in an answer and in an embedding space.</summary>
internal static class OnnxPrecisionNames
{
    private static readonly string[] Names = ["float32", "int8", "int8-weights"];

    public static string ToName(this OnnxPrecision precision) => Names[(int)precision];
}
