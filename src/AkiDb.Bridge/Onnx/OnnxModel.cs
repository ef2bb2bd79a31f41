namespace AkiDb.Bridge.Onnx;

/// <summary>A generated graph: the bytes of a <c>ModelProto</c> without weights, and what it asks for.</summary>
/// <param name="Bytes">The serialised model; its large initialisers point into the safetensors files.</param>
/// <param name="Inputs">The inputs, in the order in which the graph declares them.</param>
/// <param name="Weights">The names of the tensors of the model folder that the graph uses.</param>
/// <param name="BlockQueries">The queries of one block of the attention over a long text, whose padded length must be a multiple of it; 0 for no blocks.</param>
internal sealed record OnnxModel(byte[] Bytes, IReadOnlyList<GraphInput> Inputs, IReadOnlyList<string> Weights, int BlockQueries);
