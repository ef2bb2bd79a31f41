using System.ComponentModel;
using System.Diagnostics;

namespace AkiDb.Bridge.Supervision;

/// <summary>Ends a process with everything that it has started and not left to itself.</summary>
internal static class ProcessTree
{
    /// <summary>Ends the process with this id; nothing happens where there is none.</summary>
    public static void Kill(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            Kill(process);
        }
        catch (ArgumentException)
        {
            // It has ended meanwhile, which is what was wanted.
        }
    }

    /// <summary>Ends the process; nothing happens where it has ended.</summary>
    public static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended meanwhile, or one of its children has.
        }
    }
}
