namespace AkiDb.Bridge.Protocol;

/// <summary>The worker's first words, sent before it imports anything heavy.</summary>
/// <param name="ProtocolMin">The lowest protocol version it speaks.</param>
/// <param name="ProtocolMax">The highest.</param>
/// <param name="WorkerVersion">The version of <c>akidb_worker</c>.</param>
/// <param name="Pid">Its process id.</param>
/// <param name="Python">The interpreter's version.</param>
/// <param name="Libraries">The versions of the installed libraries that it would use.</param>
internal sealed record HelloMessage(
    int ProtocolMin, int ProtocolMax, string WorkerVersion, int Pid, string Python, IReadOnlyDictionary<string, string> Libraries) : WorkerMessage;
