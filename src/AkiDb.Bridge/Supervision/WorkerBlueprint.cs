using AkiDb.Bridge.Models;
using AkiDb.Bridge.Processes;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.Supervision;

/// <summary>Everything that the workers of one model have in common.</summary>
/// <param name="CreateLauncher">What starts their processes, for as long as the supervisor runs.</param>
/// <param name="Load">What a worker is told to load.</param>
/// <param name="Fingerprint">What its weights must hash to.</param>
/// <param name="MaxFrameBytes">The largest frame on the wire.</param>
/// <param name="Accept">Has a worker compute the probe: before it gets work, and when it has had none for a while; returns why it may not serve, or null.</param>
internal sealed record WorkerBlueprint(
    Func<IWorkerLauncher> CreateLauncher,
    LoadRequest Load,
    Task<ModelFingerprint> Fingerprint,
    int MaxFrameBytes,
    Func<Worker, CancellationToken, Task<BridgeError?>> Accept)
{
    /// <summary>What a worker is told to load, with files that nobody can change. Hashing them may take seconds: not on the thread of supervision.</summary>
    public Func<CancellationToken, Task<LoadRequest>> SealAsync { get; init; } = Load.SealAsync;

    /// <summary>Has what a worker says read until its stream ends.</summary>
    public Action<ReplyReader> ReadReplies { get; init; } = ReplyThreads.Start;

    /// <summary>A number in [0, 1), for pauses: what died together does not start together.</summary>
    public Func<double> Jitter { get; init; } = Random.Shared.NextDouble;
}
