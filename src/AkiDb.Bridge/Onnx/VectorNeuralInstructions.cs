using System.Runtime.Intrinsics.X86;

namespace AkiDb.Bridge.Onnx;

/// <summary>Whether the CPU multiplies 8-bit integers without saturating in between (VNNI): only then is int8 both right and fast.</summary>
internal static class VectorNeuralInstructions
{
    private const int ExtendedFeatures = 7;
    private const int Avx512Vnni = 1 << 11;

    public static bool IsSupported => AvxVnni.IsSupported || (Avx512F.IsSupported && HasAvx512Vnni());

    private static bool HasAvx512Vnni() =>
        X86Base.CpuId(0, 0).Eax >= ExtendedFeatures && (X86Base.CpuId(ExtendedFeatures, 0).Ecx & Avx512Vnni) != 0;
}
