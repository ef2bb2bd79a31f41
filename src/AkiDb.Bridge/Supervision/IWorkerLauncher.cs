namespace AkiDb.Bridge.Supervision;

/// <summary>Starts worker processes. Every process must have ended before it is disposed.</summary>
internal interface IWorkerLauncher : IAsyncDisposable
{
    /// <summary>Starts a worker for a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="background">Whether it leaves the processor to others until it is ready.</param>
    /// <param name="cancellationToken">The host stops.</param>
    /// <exception cref="BridgeException">There is no interpreter.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">The executable cannot be started.</exception>
    Task<IWorkerProcess> LaunchAsync(int slot, bool background, CancellationToken cancellationToken);
}
