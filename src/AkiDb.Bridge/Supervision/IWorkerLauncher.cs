namespace AkiDb.Bridge.Supervision;

/// <summary>Starts worker processes. Every process must have ended before it is disposed.</summary>
internal interface IWorkerLauncher : IDisposable
{
    /// <summary>Starts a worker for a slot.</summary>
    /// <exception cref="BridgeException">There is no interpreter.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">The executable cannot be started.</exception>
    Task<IWorkerProcess> LaunchAsync(int slot, CancellationToken cancellationToken);
}
