namespace AkiDb.Bridge.Onnx;

/// <summary>The element types of ONNX tensors, with the numbers of <c>TensorProto.DataType</c>.</summary>
internal enum OnnxElement
{
    Float32 = 1,
    Int32 = 6,
    Int64 = 7,
    Boolean = 9,
    Float16 = 10,
    BFloat16 = 16,
}
