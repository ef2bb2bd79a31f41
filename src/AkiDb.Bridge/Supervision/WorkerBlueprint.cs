using AkiDb.Bridge.Models;
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
    Func<Worker, CancellationToken, Task<BridgeError?>> Accept);
