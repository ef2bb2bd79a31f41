using System.Globalization;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>The largest resident memory of processes, as Linux keeps it; 0 where it does not say.</summary>
internal static class PeakMemory
{
    private const double KibibytesPerMebibyte = 1024;

    /// <summary>In MiB, up to now.</summary>
    public static double Of(int pid)
    {
        try
        {
            var line = File.ReadLines($"/proc/{pid}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / KibibytesPerMebibyte;
        }
        catch (IOException)
        {
            // It has ended.
            return 0;
        }
    }

    /// <summary>The children of a process, and theirs.</summary>
    public static IEnumerable<int> Descendants(int pid)
    {
        foreach (var child in Children(pid))
        {
            yield return child;
            foreach (var descendant in Descendants(child))
            {
                yield return descendant;
            }
        }
    }

    private static List<int> Children(int pid)
    {
        try
        {
            return
            [
                .. Directory.EnumerateDirectories($"/proc/{pid}/task").SelectMany(thread => File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    .Select(child => int.Parse(child, CultureInfo.InvariantCulture)),
            ];
        }
        catch (IOException)
        {
            return [];
        }
    }
}
