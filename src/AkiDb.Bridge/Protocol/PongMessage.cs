namespace AkiDb.Bridge.Protocol;

/// <summary>The worker's reader thread lives, and says what its compute thread is doing.</summary>
/// <param name="Id">The id of the ping.</param>
/// <param name="Running">The id of the batch being computed; null when idle.</param>
/// <param name="RunningMilliseconds">How long that batch has been running; null when idle.</param>
/// <param name="ProgressMilliseconds">How long ago its computation last moved; null when idle.</param>
/// <param name="Queued">Batches that wait in the worker.</param>
/// <param name="Served">Batches answered since it started.</param>
/// <param name="RssBytes">Its resident memory.</param>
internal sealed record PongMessage(
    long Id, long? Running, long? RunningMilliseconds, long? ProgressMilliseconds, int Queued, long Served, long RssBytes) : WorkerMessage;
