using System.Globalization;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>The memory of a process, in MiB.</summary>
/// <param name="Resident">All of it.</param>
/// <param name="PrivateDirty">What it wrote: its own alone.</param>
/// <param name="PrivateClean">Pages of files that no other process maps at the moment.</param>
/// <param name="Shared">Pages that other processes map, too.</param>
internal sealed record EnginesMemory(double Resident, double PrivateDirty, double PrivateClean, double Shared)
{
    private const double KibibytesPerMebibyte = 1024;

    /// <summary>Reads it; null where the system does not say.</summary>
    public static EnginesMemory? Of(int process)
    {
        var file = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/smaps_rollup");
        if (!File.Exists(file))
        {
            return null;
        }

        var sizes = File.ReadLines(file).Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .ToDictionary(fields => fields[0], fields => double.Parse(fields[1], CultureInfo.InvariantCulture) / KibibytesPerMebibyte);
        return new(sizes["Rss:"], sizes["Private_Dirty:"], sizes["Private_Clean:"], sizes["Shared_Clean:"] + sizes["Shared_Dirty:"]);
    }

    public static EnginesMemory operator -(EnginesMemory after, EnginesMemory before) => new(
        after.Resident - before.Resident, after.PrivateDirty - before.PrivateDirty, after.PrivateClean - before.PrivateClean, after.Shared - before.Shared);
}
