namespace AkiDb.Bridge.Processes;

/// <summary>Starts worker processes. Every process must have ended before it is disposed.</summary>
internal interface IWorkerLauncher : IAsyncDisposable
{
    /// <summary>Starts a worker for a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="background">Whether it leaves the processor to others until it is ready.</param>
    /// <param name="cancellationToken">The host stops.</param>
    /// <exception cref="BridgeException">There is no interpreter, or it is none. Any other exception may not come again: the machine is short of something.</exception>
    Task<IWorkerProcess> LaunchAsync(int slot, bool background, CancellationToken cancellationToken);
}
