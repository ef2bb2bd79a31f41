using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Processes;

/// <summary>What is no longer needed: two allocators would keep it for something that may never come.</summary>
internal static partial class UnusedMemory
{
    /// <summary>Gives it back to the system.</summary>
    public static void Return()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

        // What array pools let go of because of it.
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (OperatingSystem.IsLinux())
        {
            try
            {
                _ = Trim(0);
            }
            catch (EntryPointNotFoundException)
            {
                // Only glibc has it, and only glibc needs it.
            }
        }
    }

    // What ONNX Runtime has freed lies between what others still have.
    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint pad);
}
