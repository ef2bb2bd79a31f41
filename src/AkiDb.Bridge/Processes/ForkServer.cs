using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Processes;

/// <summary>A process that has imported what workers import, and forks them: <c>python -m akidb_worker.fork_server</c>. Linux only.</summary>
/// <remarks>Workers outlive it: their subreapers look for the host, not for the process that forked them.</remarks>
internal sealed class ForkServer : IAsyncDisposable
{
    private static readonly TimeSpan KillWait = TimeSpan.FromSeconds(5);

    private readonly WorkerProcess process;
    private readonly ILogger logger;
    private readonly TimeProvider time;

    private ForkServer(WorkerProcess process, ILogger logger, TimeProvider time) => (this.process, this.logger, this.time) = (process, logger, time);

    /// <summary>Whether it forks no more.</summary>
    public bool HasEnded => process.Exited.IsCompleted;

    /// <summary>Starts one. It takes orders at once, and carries them out when its imports are done.</summary>
    /// <param name="thread">Starts the process.</param>
    /// <param name="command">How a worker would be started.</param>
    /// <param name="encoder">What the workers compute with.</param>
    /// <param name="logger">Gets its stderr.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">The executable cannot be started.</exception>
    public static async Task<ForkServer> StartAsync(ProcessThread thread, WorkerCommand command, string encoder, ILogger logger, TimeProvider time) =>
        new(await WorkerProcess.StartAsync(thread, command.ForForkServer(encoder), "fork-server", logger, time).ConfigureAwait(false), logger, time);

    /// <summary>Has a worker forked.</summary>
    /// <param name="command">How it would be started on its own.</param>
    /// <param name="name">Its name in the log.</param>
    /// <param name="timeout">How long the imports may take.</param>
    /// <param name="cancellationToken">The host stops.</param>
    /// <exception cref="IOException">The server has ended, and says on its stderr why; or it does not answer.</exception>
    public async Task<IWorkerProcess> ForkAsync(WorkerCommand command, string name, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var pipes = new ForkPipes();
        var status = new StreamReader(pipes.Status);
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var reading = new CancellationTokenSource();
        var answer = Task.FromResult<string?>(null);
        ForkedProcess? forked = null;
        try
        {
            await SendAsync(pipes.OrderFor(command), attempt.Token).ConfigureAwait(false);
            answer = status.ReadLineAsync(reading.Token).AsTask();
            await Task.WhenAny(answer, process.Exited, Task.Delay(timeout, time, attempt.Token)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (!answer.IsCompletedSuccessfully || !int.TryParse(await answer.ConfigureAwait(false), CultureInfo.InvariantCulture, out var pid))
            {
                throw HasEnded ? Ended() : new IOException($"the fork server did not answer within {timeout}.");
            }

            // What is named here will be killed one day.
            if (ProcessTree.Descends(pid, process.Pid) == false)
            {
                throw new IOException($"the fork server answered with process {pid}, which it has not forked.");
            }

            pipes.GiveAway();
            return forked = new ForkedProcess(command.Executable, pid, pipes, status, name, logger, time);
        }
        finally
        {
            await attempt.CancelAsync().ConfigureAwait(false);
            if (forked is null)
            {
                await EndAsync().ConfigureAwait(false);
                await AbandonAsync(pipes, status, answer, reading).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Ends it, and none of its workers. The wait is bounded.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndAsync().ConfigureAwait(false);
        await process.DisposeAsync().ConfigureAwait(false);
    }

    // The order may have been carried out all the same. Such a worker finds that nobody speaks with it, and ends: then nobody holds the other end of its status.
    private async Task AbandonAsync(ForkPipes pipes, StreamReader status, Task answer, CancellationTokenSource reading)
    {
        pipes.GiveAway();
        await pipes.Stdin.DisposeAsync().ConfigureAwait(false);
        await ReadToEndAsync(status, answer, reading.Token).WaitAsync(KillWait, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await reading.CancelAsync().ConfigureAwait(false);
        pipes.Dispose();
    }

    private static async Task ReadToEndAsync(StreamReader status, Task answer, CancellationToken cancellationToken)
    {
        await answer.ConfigureAwait(false);
        await status.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task EndAsync()
    {
        if (!HasEnded)
        {
            UnixSignal.Kill(process.Pid);
            await ((Task)process.Exited).WaitAsync(KillWait, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static IOException Ended(Exception? cause = null) => new("the fork server has ended, its last lines on stderr are in the log.", cause);

    private async Task SendAsync(ForkOrder order, CancellationToken cancellationToken)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(order, ForkOrderJson.Default.ForkOrder), (byte)'\n'];
        try
        {
            await process.Input.WriteAsync(line, cancellationToken).ConfigureAwait(false);
            await process.Input.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw Ended(error);
        }
    }
}
