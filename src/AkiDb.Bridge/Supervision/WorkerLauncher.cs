using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>Starts real worker processes, all from one thread.</summary>
/// <param name="command">Finds the interpreter and says how to start the worker of a slot.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Gets the workers' stderr.</param>
internal sealed class WorkerLauncher(Func<int, CancellationToken, Task<WorkerCommand>> command, TimeProvider time, ILogger logger) : IWorkerLauncher
{
    private readonly ProcessThread thread = new();

    /// <inheritdoc/>
    public async Task<IWorkerProcess> LaunchAsync(int slot, bool background, CancellationToken cancellationToken)
    {
        var how = await command(slot, cancellationToken).ConfigureAwait(false);
        how = background ? how.InBackground() : how;
        return await WorkerProcess.StartAsync(thread, how, logger, time, slot).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => thread.Dispose();
}
