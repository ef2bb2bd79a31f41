namespace AkiDb.Bridge.Host.Doctor;

/// <summary>The memory that this program may use against what the model needs.</summary>
internal static class MemoryCheck
{
    private const string Name = "memory";

    // Measured with MiniLM: the host, and a worker with torch, beside their weights.
    private const long OfHost = 150L << 20;
    private const long OfWorker = 400L << 20;

    /// <param name="weights">The bytes of the model's weights.</param>
    /// <param name="workers">Worker processes.</param>
    /// <param name="limit">The bytes that this program may use, after its control group.</param>
    /// <param name="available">The bytes that are left now.</param>
    public static Check Of(long weights, int workers, long limit, long available)
    {
        // One copy that all share, and what each engine makes of it.
        var needed = OfHost + (2 * weights) + (workers * (OfWorker + weights));
        var numbers = $"{workers} worker{(workers == 1 ? "" : "s")} and {Size(weights)} of weights need about {Size(needed)}";
        return needed > limit
            ? Check.Fail(Name, $"{numbers}; this program may use {Size(limit)}.", "Raise the memory limit, set Supervision:Workers to less, or choose a smaller model.")
            : needed > available
                ? Check.Warn(Name, $"{numbers}; {Size(available)} are left.", "End other programs, set Supervision:Workers to less, or choose a smaller model.")
                : Check.Pass(Name, $"{numbers}; {Size(available)} are left");
    }

    /// <summary>The bytes that a machine has left.</summary>
    /// <param name="memInfo">The lines of <c>/proc/meminfo</c>.</param>
    /// <param name="limit">What this program may use in all.</param>
    public static long Available(IEnumerable<string> memInfo, long limit)
    {
        var line = memInfo.FirstOrDefault(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal));
        return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var kibibytes, ..] && long.TryParse(kibibytes, out var value) ? Math.Min(limit, value << 10) : limit;
    }

    private static string Size(long bytes) => bytes < 10L << 30 ? $"{bytes >> 20} MiB" : $"{bytes >> 30} GiB";
}
