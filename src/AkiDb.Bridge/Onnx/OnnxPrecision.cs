using System.Diagnostics.CodeAnalysis;

namespace AkiDb.Bridge.Onnx;

/// <summary>The precision that the in-process engine computes its linear layers in.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "A precision is named after its element type, in settings and in an embedding space.")]
public enum OnnxPrecision
{
    /// <summary>Single precision: the vectors of the reference.</summary>
    Float32,

    /// <summary>8-bit weights and per-token 8-bit activations: another embedding space, for CPUs with VNNI.</summary>
    Int8,

    /// <summary>8-bit weights, float32 activations: another embedding space, much nearer to float32, on every CPU. It saves memory, not time.</summary>
    Int8Weights,
}
