using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>A process that has imported what workers import, and forks them: <c>python -m akidb_worker.fork_server</c>. Linux only.</summary>
/// <remarks>Workers outlive it: their wardens look for the host, not for the process that forked them.</remarks>
internal sealed class ForkServer : IAsyncDisposable
{
    private static readonly TimeSpan KillWait = TimeSpan.FromSeconds(5);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

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
    /// <exception cref="IOException">The server has ended, and says why on its stderr.</exception>
    /// <exception cref="TimeoutException">It does not answer.</exception>
    public async Task<IWorkerProcess> ForkAsync(WorkerCommand command, string name, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var pipes = new ForkPipes();
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var order = JsonSerializer.SerializeToUtf8Bytes(pipes.OrderFor(command), Json);
            await process.Input.WriteAsync((byte[])[.. order, (byte)'\n'], either.Token).ConfigureAwait(false);
            await process.Input.FlushAsync(either.Token).ConfigureAwait(false);
            var status = new StreamReader(pipes.Status);
            var answer = status.ReadLineAsync(either.Token).AsTask();
            await Task.WhenAny(answer, process.Exited).WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false);
            if (!answer.IsCompletedSuccessfully || !int.TryParse(await answer.ConfigureAwait(false), out var pid))
            {
                await either.CancelAsync().ConfigureAwait(false);
                throw new IOException(process.LastStderr is [.., var last] ? last : "The fork server has ended.");
            }

            pipes.GiveAway();
            return new ForkedProcess(command.Executable, pid, pipes, status, name, logger, time);
        }
        catch
        {
            pipes.Dispose();
            throw;
        }
    }

    /// <summary>Ends it, and none of its workers. The wait is bounded.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!HasEnded)
        {
            UnixSignal.Kill(process.Pid);
            await ((Task)process.Exited).WaitAsync(KillWait, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await process.DisposeAsync().ConfigureAwait(false);
    }
}
