using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Chaos;

/// <summary>Unix signals.</summary>
internal static partial class Signals
{
    /// <summary>Sends a fault's signal.</summary>
    /// <returns>Whether the process was there, and ours to signal.</returns>
    public static bool Send(int pid, Fault fault) => Kill(pid, (int)fault) == 0;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
