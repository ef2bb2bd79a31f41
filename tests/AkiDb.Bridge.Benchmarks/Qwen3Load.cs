namespace AkiDb.Bridge.Benchmarks;

/// <summary>What it took an engine to load a large model, and its process's memory, in MiB; 0 where the system does not tell.</summary>
/// <param name="Engine">Which one.</param>
/// <param name="Seconds">By a clock on the wall, with the start of the process where it has its own.</param>
/// <param name="CpuSeconds">The processor time of it.</param>
/// <param name="PeakResident">The most that was resident until it was loaded, pages of files among it.</param>
/// <param name="Private">What it had written then: its own alone.</param>
internal sealed record Qwen3Load(string Engine, double Seconds, double CpuSeconds, double PeakResident, double Private)
{
    /// <summary>The most that was resident until every case was computed.</summary>
    public double PeakResidentAfterRuns { get; init; }
}
