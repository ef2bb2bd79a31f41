using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>Whether the processor has the instructions that make an engine fast.</summary>
internal static class InstructionSetCheck
{
    private const string Name = "processor";

    // What the processor says of itself, by the manuals' leaves and bits.
    private const int Features = 1;
    private const int ExtendedFeatures = 7;
    private const int Fma = 12;
    private const int SystemSavesVectors = 27;
    private const int Avx2 = 5;
    private const int Avx512 = 16;

    /// <summary>Asks the processor: whether this program itself uses such instructions says nothing where it was compiled for every processor.</summary>
    public static Check OfThisMachine()
    {
        var architecture = RuntimeInformation.ProcessArchitecture;
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < ExtendedFeatures)
        {
            return Of(architecture, hasAvx2: false, hasAvx512: false);
        }

        var (features, extended) = (X86Base.CpuId(Features, 0).Ecx, X86Base.CpuId(ExtendedFeatures, 0).Ebx);
        var usesVectors = Has(features, SystemSavesVectors) && Has(features, Fma) && Has(extended, Avx2);
        return Of(architecture, usesVectors, usesVectors && Has(extended, Avx512));
    }

    /// <param name="architecture">The processor's architecture.</param>
    /// <param name="hasAvx2">Whether it has AVX2 and FMA.</param>
    /// <param name="hasAvx512">Whether it has AVX-512.</param>
    public static Check Of(Architecture architecture, bool hasAvx2, bool hasAvx512) => architecture == Architecture.X64 && !hasAvx2
        ? Check.Warn(
            Name, "x64 without AVX2: everything is computed several times slower.", "In a virtual machine, let it have the host's processor type ('host' or 'host-passthrough'); else take a processor from after 2013.")
        : Check.Pass(Name, $"{architecture.ToString().ToLowerInvariant()}{(hasAvx512 ? " with AVX-512" : hasAvx2 ? " with AVX2" : "")}");

    private static bool Has(int register, int bit) => ((register >> bit) & 1) != 0;
}
