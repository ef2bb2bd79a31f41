using System.Globalization;

namespace AkiDb.Bridge.Processes;

/// <summary>The whole environment of the workers' Python: what is passed on from the host's, and what PyTorch needs before its process starts.</summary>
internal static class WorkerEnvironment
{
    // Python would take what is there before its own modules: the worker puts it behind them.
    private const string UsersPath = "AKIDB_WORKER_PYTHONPATH";

    /// <summary>The environment of workers on this machine.</summary>
    /// <param name="threads">Threads of one forward pass.</param>
    public static IReadOnlyDictionary<string, string?> ForThisMachine(int threads) => Build(
        threads,
        PassedVariables.ForWorkers(),
        Environment.GetEnvironmentVariable("PYTHONPATH"),
        File.Exists("/proc/cpuinfo") ? File.ReadAllText("/proc/cpuinfo") : "");

    /// <summary>The environment of a Python that computes nothing.</summary>
    public static IReadOnlyDictionary<string, string?> WithoutComputing() =>
        WithUsersPath(PassedVariables.ForWorkers().ToDictionary(pair => pair.Key, pair => (string?)pair.Value), Environment.GetEnvironmentVariable("PYTHONPATH"));

    /// <summary>The environment of workers.</summary>
    /// <param name="threads">Threads of one forward pass.</param>
    /// <param name="passed">What they get of the host's; it wins over what would be set here.</param>
    /// <param name="pythonPath">The host's <c>PYTHONPATH</c>.</param>
    /// <param name="cpuInfo">The content of <c>/proc/cpuinfo</c>; empty where there is none.</param>
    public static IReadOnlyDictionary<string, string?> Build(int threads, Dictionary<string, string> passed, string? pythonPath, string cpuInfo)
    {
        var environment = new Dictionary<string, string?>
        {
            // Spinning OpenMP threads take the cores from each other as soon as there are more of them than cores: p95 grows more than tenfold.
            // For how short a while they may spin with a newer torch, the worker knows (akidb_worker/onednn.py).
            ["OMP_WAIT_POLICY"] = "passive",

            // OpenBLAS has a thread pool of its own, which torch.set_num_threads does not govern. Both obey this.
            ["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture),

            // Its threads spin for 2^22 cycles, about a millisecond: long enough to be there for the batch's next multiplication. By default they
            // spin for about 25 ms after every batch, on cores that others need.
            ["OPENBLAS_THREAD_TIMEOUT"] = "22",
            ["PYTHONUTF8"] = "1",
            ["PYTHONDONTWRITEBYTECODE"] = "1",
            ["TOKENIZERS_PARALLELISM"] = "false",

            // Importing scikit-learn would otherwise start a process that watches over a semaphore, and reports it as lost when the worker ends.
            ["JOBLIB_MULTIPROCESSING"] = "0",

            // Newer versions of torch make this folder when they are imported, a new one unless it is there. Nothing of a worker is compiled.
            ["TORCHINDUCTOR_CACHE_DIR"] = Path.GetTempPath(),
            ["HF_HUB_OFFLINE"] = "1",
        };
        if (CoreType(cpuInfo) is { } coreType)
        {
            environment["OPENBLAS_CORETYPE"] = coreType;
        }

        foreach (var (name, value) in passed)
        {
            environment[name] = value;
        }

        return WithUsersPath(environment, pythonPath);
    }

    /// <summary>Makes an environment the whole one of a process that would inherit the host's.</summary>
    public static IReadOnlyDictionary<string, string?> InsteadOfTheHosts(IReadOnlyDictionary<string, string?> environment)
    {
        var changes = environment.ToDictionary();
        foreach (string name in Environment.GetEnvironmentVariables().Keys)
        {
            changes.TryAdd(name, null);
        }

        return changes;
    }

    // A relative folder, and an empty entry, mean the current folder, where anybody may have put anything.
    private static Dictionary<string, string?> WithUsersPath(Dictionary<string, string?> environment, string? pythonPath)
    {
        var folders = (pythonPath ?? "").Split(Path.PathSeparator).Where(Path.IsPathFullyQualified).ToList();
        if (folders.Count > 0)
        {
            environment[UsersPath] = string.Join(Path.PathSeparator, folders);
        }

        return environment;
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
