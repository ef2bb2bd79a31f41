using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace AkiDb.Bridge.Chaos;

/// <summary>A process of this machine, as <c>/proc</c> shows it.</summary>
/// <param name="Pid">Its id.</param>
/// <param name="StartTicks">When it started: with the id, what tells it from a later process of the same id.</param>
/// <param name="ParentPid">Its parent; 0 for none.</param>
/// <param name="CommandLine">What it was started with.</param>
internal sealed partial record LinuxProcess(int Pid, long StartTicks, int ParentPid, string CommandLine)
{
    // Fields of /proc/PID/stat, counted from the one behind the name, which may itself hold blanks and brackets.
    private const int ParentField = 1;
    private const int StartField = 19;

    /// <summary>Whether it runs the worker's package: the worker itself, or the process that watches over it.</summary>
    public bool IsWorker => CommandLine.Contains("akidb_worker", StringComparison.Ordinal);

    /// <summary>The host that a worker's command line names; null where it names none.</summary>
    public int? Host => HostOption().Match(CommandLine) is { Success: true } option ? int.Parse(option.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : null;

    /// <summary>The process of an id; null when there is none.</summary>
    public static LinuxProcess? Find(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return new LinuxProcess(
                pid,
                long.Parse(fields[StartField], CultureInfo.InvariantCulture),
                int.Parse(fields[ParentField], CultureInfo.InvariantCulture),
                Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{pid}/cmdline")).Replace('\0', ' ').Trim());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether this process, and not another that got its id, still exists, be it as a zombie.</summary>
    public bool Exists() => Find(Pid)?.StartTicks == StartTicks;

    /// <summary>The open file descriptors of a process; null where they cannot be read.</summary>
    public static int? Descriptors(int pid)
    {
        try
        {
            return Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"--parent-pid (\d{1,9})\b")]
    private static partial Regex HostOption();
}
