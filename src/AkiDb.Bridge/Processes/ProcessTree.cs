using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace AkiDb.Bridge.Processes;

/// <summary>A process with everything that it has started and not left to itself.</summary>
internal static class ProcessTree
{
    /// <summary>Whether a process is another one or descends from it; null where the system does not tell.</summary>
    public static bool? Descends(int pid, int ancestor)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        while (pid > 1 && pid != ancestor)
        {
            pid = ParentOf(pid);
        }

        return pid == ancestor;
    }

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

    private static int ParentOf(int pid)
    {
        try
        {
            // The program's name, in parentheses, may hold anything.
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return int.Parse(fields[1], CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
