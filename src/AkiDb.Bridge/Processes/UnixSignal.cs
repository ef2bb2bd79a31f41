using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Processes;

/// <summary>The signals that .NET has no way to send. On Windows nothing is sent.</summary>
internal static partial class UnixSignal
{
    private const int SigKill = 9;
    private const int SigTerm = 15;

    /// <summary>Asks a process of ours to end.</summary>
    public static void Terminate(int pid)
    {
        if (!OperatingSystem.IsWindows() && pid > 1)
        {
            // It may have ended meanwhile, which is what was wanted.
            _ = Send(pid, SigTerm);
        }
    }

    /// <summary>Ends a process of ours, and none of its children.</summary>
    public static void Kill(int pid)
    {
        if (!OperatingSystem.IsWindows() && pid > 1)
        {
            _ = Send(pid, SigKill);
        }
    }

    /// <summary>Ends what is left of a worker's process group.</summary>
    public static void KillGroup(int leader)
    {
        if (!OperatingSystem.IsWindows() && leader > 1 && leader != Environment.ProcessId)
        {
            _ = Send(-leader, SigKill);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int pid, int signal);
}
