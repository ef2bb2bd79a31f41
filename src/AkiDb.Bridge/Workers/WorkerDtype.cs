using System.Diagnostics.CodeAnalysis;

namespace AkiDb.Bridge.Workers;

/// <summary>The element type that a worker computes linear layers and attention in. Its vectors are float32 always.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "An element type is named as PyTorch, settings and an embedding space name it.")]
public enum WorkerDtype
{
    /// <summary>bfloat16 on a GPU that has it, or on a CPU with AMX, if the weights are stored in 16 bits; else float32.</summary>
    Auto,

    /// <summary>Single precision: the vectors of the reference and of the in-process engine.</summary>
    Float32,

    /// <summary>16 bits with float32's range: cosines of about 0.9999 to float32. A worker on a CPU without it is slow.</summary>
    Bfloat16,

    /// <summary>16 bits with a smaller range. A worker whose PyTorch cannot compute in it on the device says so, and does not serve.</summary>
    Float16,
}
