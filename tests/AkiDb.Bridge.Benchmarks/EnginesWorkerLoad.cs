namespace AkiDb.Bridge.Benchmarks;

/// <summary>What it took a Python process to get ready: the bridge's worker, or another library.</summary>
/// <param name="Name">Which one.</param>
/// <param name="ReadyMilliseconds">From its start until it could compute.</param>
/// <param name="CpuMilliseconds">Its processor time by then.</param>
/// <param name="Memory">Its memory after it had computed.</param>
internal sealed record EnginesWorkerLoad(string Name, double ReadyMilliseconds, double CpuMilliseconds, EnginesMemory? Memory);
