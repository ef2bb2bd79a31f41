using System.Globalization;

namespace AkiDb.Bridge.Supervision;

/// <summary>How many workers there are, and which GPU each of them sees.</summary>
/// <param name="Count">The workers.</param>
/// <param name="Gpus">The GPUs to share out, as <c>CUDA_VISIBLE_DEVICES</c> names them; empty to leave that variable alone.</param>
internal sealed record WorkerPlacement(int Count, IReadOnlyList<string> Gpus)
{
    private const string Variable = "CUDA_VISIBLE_DEVICES";

    /// <summary>The workers on this machine.</summary>
    /// <param name="workers">How many are wanted; null for one per GPU, or one.</param>
    /// <param name="device">Where they compute.</param>
    public static WorkerPlacement OnThisMachine(int? workers, string device) => Plan(
        workers, device, Environment.GetEnvironmentVariable(Variable), Math.Min(Entries("/proc/driver/nvidia/gpus", "*"), Entries("/dev", "nvidia?")));

    /// <summary>The workers on some machine.</summary>
    /// <param name="workers">How many are wanted; null for one per GPU, or one.</param>
    /// <param name="device">Where they compute.</param>
    /// <param name="visible">The value of <c>CUDA_VISIBLE_DEVICES</c>; null when it is not set.</param>
    /// <param name="gpus">How many NVIDIA GPUs the machine has.</param>
    public static WorkerPlacement Plan(int? workers, string device, string? visible, int gpus)
    {
        string[] all = device is not ("auto" or "cuda") || gpus == 0
            ? []
            : visible is null
                ? [.. Enumerable.Range(0, gpus).Select(gpu => gpu.ToString(CultureInfo.InvariantCulture))]
                : [.. visible.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeWhile(gpu => gpu != "-1")];
        return new WorkerPlacement(workers ?? Math.Max(1, all.Length), all);
    }

    /// <summary>What the worker of a slot needs in its environment to see its own GPU, and no other.</summary>
    public IEnumerable<KeyValuePair<string, string?>> EnvironmentOf(int slot) => Gpus.Count < 2 ? [] : [new(Variable, Gpus[slot % Gpus.Count])];

    private static int Entries(string folder, string pattern) =>
        Directory.Exists(folder) ? Directory.GetFileSystemEntries(folder, pattern).Count(entry => folder != "/dev" || char.IsAsciiDigit(entry[^1])) : 0;
}
