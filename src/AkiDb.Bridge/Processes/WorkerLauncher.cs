using System.ComponentModel;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Processes;

/// <summary>Starts real worker processes, all from one thread: forked from a process that has imported the libraries, where there can be one.</summary>
/// <param name="command">Finds the interpreter and says how to start the worker of a slot.</param>
/// <param name="forks">What the workers compute with, so that a fork server can import it; null where each is to be started on its own.</param>
/// <param name="importTimeout">How long the imports may take.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Gets the workers' stderr.</param>
internal sealed class WorkerLauncher(
    Func<int, CancellationToken, Task<WorkerCommand>> command, string? forks, TimeSpan importTimeout, TimeProvider time, ILogger logger) : IWorkerLauncher
{
    // No such file, permission denied, no executable format, not a folder; on Windows 193 is the third. Everything else may pass by itself.
    private static readonly int[] NotAProgram = OperatingSystem.IsWindows() ? [2, 3, 5, 193] : [2, 8, 13, 20];

    private readonly ProcessThread thread = new();
    private readonly SemaphoreSlim forking = new(1, 1);
    private ForkServer? server;

    /// <inheritdoc/>
    public async Task<IWorkerProcess> LaunchAsync(int slot, bool background, CancellationToken cancellationToken)
    {
        var how = await command(slot, cancellationToken).ConfigureAwait(false);
        how = background ? how.InBackground() : how;
        var name = $"worker:{slot}";
        try
        {
            return await ForkAsync(how, name, cancellationToken).ConfigureAwait(false)
                ?? await WorkerProcess.StartAsync(thread, how, name, logger, time).ConfigureAwait(false);
        }
        catch (Win32Exception error) when (NotAProgram.Contains(error.NativeErrorCode))
        {
            throw PythonRefusal.Error(PythonRefusal.NotStarted(error.Message));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await EndServerAsync().ConfigureAwait(false);
        thread.Dispose();
        forking.Dispose();
    }

    private async Task<IWorkerProcess?> ForkAsync(WorkerCommand how, string name, CancellationToken cancellationToken)
    {
        if (forks is null)
        {
            return null;
        }

        await forking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (server is not { HasEnded: false })
            {
                await EndServerAsync().ConfigureAwait(false);
                server = await ForkServer.StartAsync(thread, how, forks, logger, time).ConfigureAwait(false);
            }

            return await server.ForkAsync(how, name, importTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or Win32Exception)
        {
            // Whatever it is, the worker itself says it best.
            await EndServerAsync().ConfigureAwait(false);
            Log.NotForked(logger, error.Message);
            return null;
        }
        finally
        {
            forking.Release();
        }
    }

    private async Task EndServerAsync()
    {
        if (server is { } last)
        {
            server = null;
            await last.DisposeAsync().ConfigureAwait(false);
        }
    }
}
