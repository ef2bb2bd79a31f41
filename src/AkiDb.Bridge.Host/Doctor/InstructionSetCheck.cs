using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>Whether the processor has the instructions that make an engine fast.</summary>
internal static class InstructionSetCheck
{
    private const string Name = "processor";

    public static Check OfThisMachine() => Of(RuntimeInformation.ProcessArchitecture, Avx2.IsSupported && Fma.IsSupported, Avx512F.IsSupported);

    /// <param name="architecture">The processor's architecture.</param>
    /// <param name="hasAvx2">Whether it has AVX2 and FMA.</param>
    /// <param name="hasAvx512">Whether it has AVX-512.</param>
    public static Check Of(Architecture architecture, bool hasAvx2, bool hasAvx512) => architecture == Architecture.X64 && !hasAvx2
        ? Check.Warn(
            Name, "x64 without AVX2: everything is computed several times slower.", "In a virtual machine, let it have the host's processor type ('host' or 'host-passthrough'); else take a processor from after 2013.")
        : Check.Pass(Name, $"{architecture.ToString().ToLowerInvariant()}{(hasAvx512 ? " with AVX-512" : hasAvx2 ? " with AVX2" : "")}");
}
