using AkiDb.Bridge.Models;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.Supervision;

/// <summary>Everything that the workers of one model have in common.</summary>
/// <param name="Command">Finds the interpreter and says how to start it.</param>
/// <param name="Load">What a worker is told to load.</param>
/// <param name="Fingerprint">What its weights must hash to.</param>
/// <param name="MaxFrameBytes">The largest frame on the wire.</param>
/// <param name="Accept">The last check before a worker gets work; returns why it may not, or null.</param>
internal sealed record WorkerBlueprint(
    Func<CancellationToken, Task<WorkerCommand>> Command,
    LoadRequest Load,
    Task<ModelFingerprint> Fingerprint,
    int MaxFrameBytes,
    Func<Worker, CancellationToken, Task<BridgeError?>> Accept);
