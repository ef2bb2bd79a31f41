using System.Globalization;

namespace AkiDb.Bridge.Supervision;

/// <summary>The environment that PyTorch needs before its process starts. A variable that the user has set is left alone.</summary>
internal static class WorkerEnvironment
{
    /// <summary>The variables to add on this machine, in this process's environment.</summary>
    /// <param name="threads">Threads of one forward pass.</param>
    public static IReadOnlyDictionary<string, string?> ForThisMachine(int threads) => Build(
        threads,
        name => Environment.GetEnvironmentVariable(name) is not null,
        File.Exists("/proc/cpuinfo") ? File.ReadAllText("/proc/cpuinfo") : "");

    /// <summary>The variables to add.</summary>
    /// <param name="threads">Threads of one forward pass.</param>
    /// <param name="isSet">Whether the user has set a variable.</param>
    /// <param name="cpuInfo">The content of <c>/proc/cpuinfo</c>; empty where there is none.</param>
    public static IReadOnlyDictionary<string, string?> Build(int threads, Func<string, bool> isSet, string cpuInfo)
    {
        var defaults = new Dictionary<string, string?>
        {
            // Spinning OpenMP threads take the cores from each other as soon as there are more of them than cores: p95 grows more than tenfold.
            ["OMP_WAIT_POLICY"] = "passive",

            // OpenBLAS has a thread pool of its own, which torch.set_num_threads does not govern. Both obey this.
            ["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture),
            ["OPENBLAS_CORETYPE"] = CoreType(cpuInfo),

            // Its threads spin for 2^22 cycles, about a millisecond: long enough to be there for the batch's next multiplication. By default they
            // spin for 25 more after every batch, on cores that others need.
            ["OPENBLAS_THREAD_TIMEOUT"] = "22",
            ["PYTHONUTF8"] = "1",
            ["PYTHONDONTWRITEBYTECODE"] = "1",
            ["TOKENIZERS_PARALLELISM"] = "false",
            ["HF_HUB_OFFLINE"] = "1",
        };
        return defaults.Where(pair => pair.Value is not null && !isSet(pair.Key)).ToDictionary();
    }

    // Debian's OpenBLAS 0.3.21 does not know newer Intel processors and falls back to SSE3, up to six times slower; AMD's it knows.
    // A core type that the processor lacks would crash, so the flags decide.
    private static string? CoreType(string cpuInfo)
    {
        var lines = cpuInfo.Split('\n');
        if (!lines.Any(line => line.StartsWith("vendor_id", StringComparison.Ordinal) && line.Contains("GenuineIntel", StringComparison.Ordinal)))
        {
            return null;
        }

        var flags = lines.FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal))?.Split(' ').ToHashSet() ?? [];
        if (flags.IsSupersetOf(["avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd"]))
        {
            return "SkylakeX";
        }

        return flags.IsSupersetOf(["avx2", "fma"]) ? "Haswell" : null;
    }
}
