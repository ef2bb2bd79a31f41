using System.Globalization;

namespace AkiDb.Bridge.AspNetCore.Connections;

/// <summary>How many connections the operating system lets this process hold. Without descriptors the runtime itself aborts.</summary>
internal static class DescriptorLimit
{
    // Workers' pipes, model files, the log: what is opened while the host runs.
    private const int OwnUse = 64;

    // Not worth a server.
    private const int FewestConnections = 8;

    private const string ProcessLimits = "/proc/self/limits";
    private const string OpenDescriptors = "/proc/self/fd";

    /// <summary>The most connections at once, those that are kept for health routes included; null where there is no such limit, or no telling.</summary>
    public static long? MaxConnections() => File.Exists(ProcessLimits)
        ? Left(File.ReadLines(ProcessLimits), Directory.GetFileSystemEntries(OpenDescriptors).Length)
        : null;

    /// <summary>What the limit leaves for connections.</summary>
    /// <param name="limits">The lines of <c>/proc/self/limits</c>.</param>
    /// <param name="open">The descriptors that are open already.</param>
    public static long? Left(IEnumerable<string> limits, int open)
    {
        const string Name = "Max open files";

        // The runtime has raised the soft limit to the hard one when it started.
        var line = limits.FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        var numbers = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return numbers is [var soft, ..] && long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            ? Math.Max(FewestConnections, limit - open - OwnUse)
            : null;
    }
}
