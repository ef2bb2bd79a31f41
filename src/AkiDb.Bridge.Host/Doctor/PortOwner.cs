using System.Globalization;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>Who listens on a port of this machine, by what Linux shows of its own processes.</summary>
internal static class PortOwner
{
    private const string Unknown = "another program";
    private const string Listening = "0A";

    private static readonly string[] Tables = ["/proc/net/tcp", "/proc/net/tcp6"];

    /// <summary>The process and its name; without its arguments, which may hold a secret.</summary>
    public static string Find(int port)
    {
        var inodes = Tables.Where(File.Exists).SelectMany(File.ReadLines).Select(line => InodeOf(line, port)).OfType<string>().Select(inode => $"socket:[{inode}]").ToHashSet();
        if (inodes.Count == 0)
        {
            return Unknown;
        }

        return Directory.EnumerateDirectories("/proc").FirstOrDefault(process => int.TryParse(Path.GetFileName(process), out _) && Holds(process, inodes)) is { } owner
            ? $"process {Path.GetFileName(owner)} ({Read(Path.Combine(owner, "comm"))})"
            : "a program of another user";
    }

    /// <summary>The socket of a line of <c>/proc/net/tcp</c>; null unless somebody listens on the port there.</summary>
    public static string? InodeOf(string line, int port) =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var local, _, Listening, _, _, _, _, _, var inode, ..]
        && int.TryParse(local[(local.LastIndexOf(':') + 1)..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
        && number == port
            ? inode
            : null;

    private static bool Holds(string process, HashSet<string> sockets)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(Path.Combine(process, "fd")).Any(descriptor => new FileInfo(descriptor).LinkTarget is { } target && sockets.Contains(target));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another user's, or gone meanwhile.
            return false;
        }
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (IOException)
        {
            return "ended meanwhile";
        }
    }
}
