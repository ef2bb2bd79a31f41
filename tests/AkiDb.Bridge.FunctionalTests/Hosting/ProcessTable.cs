using System.Globalization;
using System.Text;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>The machine's processes, as <c>/proc</c> shows them.</summary>
internal static class ProcessTable
{
    /// <summary>Every living process that inherited a variable with this value, whoever its parent is by now.</summary>
    public static IReadOnlyList<int> WithVariable(string name, string value)
    {
        var wanted = Encoding.UTF8.GetBytes($"{name}={value}\0");
        return [.. Pids().Where(pid => ReadOrEmpty(pid, "environ").AsSpan().IndexOf(wanted) >= 0)];
    }

    /// <summary>Every living process that was started with these arguments, one after the other.</summary>
    public static IReadOnlyList<int> WithArguments(params string[] arguments)
    {
        var wanted = Encoding.UTF8.GetBytes($"\0{string.Join('\0', arguments)}\0");
        return [.. Pids().Where(pid => ReadOrEmpty(pid, "cmdline").AsSpan().IndexOf(wanted) >= 0)];
    }

    /// <summary>What a process was started with, for messages.</summary>
    public static string CommandLine(int pid) => $"{pid} ({Encoding.UTF8.GetString(ReadOrEmpty(pid, "cmdline")).Replace('\0', ' ').Trim()})";

    /// <summary>Whether a process exists and has not ended.</summary>
    public static bool IsAlive(int pid) => State(pid) is not (null or 'Z' or 'X');

    /// <summary>Whether a process exists, has not ended and is not stopped.</summary>
    public static bool IsRunning(int pid) => IsAlive(pid) && State(pid) is not 'T';

    /// <summary>The process's open file descriptors.</summary>
    public static int Descriptors(int pid) => Directory.GetFiles($"/proc/{pid}/fd").Length;

    /// <summary>The process's private and shared memory in bytes.</summary>
    public static long ResidentBytes(int pid) =>
        long.Parse(File.ReadAllText($"/proc/{pid}/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;

    /// <summary>What only this process holds, in bytes.</summary>
    public static long PrivateBytes(int pid) => 1024 * File.ReadLines($"/proc/{pid}/smaps_rollup")
        .Where(line => line.StartsWith("Private_", StringComparison.Ordinal))
        .Sum(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));

    /// <summary>The process that started it, or that has adopted it.</summary>
    public static int ParentOf(int pid) => int.Parse(Stat(pid)[1], CultureInfo.InvariantCulture);

    private static char? State(int pid) => Stat(pid) is [[var state], ..] ? state : null;

    // From the state on: the program's name before it, in parentheses, may hold anything.
    private static string[] Stat(int pid)
    {
        var stat = Encoding.UTF8.GetString(ReadOrEmpty(pid, "stat"));
        return stat.LastIndexOf(')') is >= 0 and var end ? stat[(end + 2)..].Split(' ') : [];
    }

    private static IEnumerable<int> Pids() => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) ? pid : 0)
        .Where(pid => pid > 0 && pid != Environment.ProcessId && IsAlive(pid));

    private static byte[] ReadOrEmpty(int pid, string file)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{pid}/{file}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked, or belongs to someone else.
            return [];
        }
    }
}
