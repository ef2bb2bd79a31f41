using System.Globalization;

namespace AkiDb.Bridge.Supervision;

/// <summary>What the system knows about a process that does not answer.</summary>
internal static class ProcessState
{
    /// <summary>Whether somebody has stopped it, by a signal or a debugger. False where the system does not tell.</summary>
    public static bool IsStopped(int pid)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            return IsStopped(File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat")));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether the content of <c>/proc/PID/stat</c> says so. The program's name, in parentheses, may hold anything.</summary>
    public static bool IsStopped(string stat) => stat.LastIndexOf(')') is >= 0 and var end && stat.Length > end + 2 && stat[end + 2] is 'T' or 't';
}
