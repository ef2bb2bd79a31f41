using Microsoft.ML.OnnxRuntime;

namespace AkiDb.Bridge.Onnx;

/// <summary>A large initialiser that a session is given from the host's memory: inside the graph it would be copied at every step of loading.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="ToValue">Makes the tensor over that memory, which must outlive the session.</param>
internal sealed record GivenTensor(string Name, Func<OrtValue> ToValue);
