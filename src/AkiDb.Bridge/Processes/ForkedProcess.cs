using System.Globalization;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Processes;

/// <summary>A worker that the fork server has forked: no child of the host, so its end is read from a pipe.</summary>
/// <remarks>Its <see cref="Pid"/> is the subreaper's; the pipes, the host's ends, belong to this.</remarks>
internal sealed class ForkedProcess : IWorkerProcess
{
    private static readonly TimeSpan KillWait = TimeSpan.FromSeconds(5);

    private readonly ForkPipes pipes;
    private readonly WorkerStderr stderr;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource release = new();
    private readonly Task draining;
    private int worker;

    public ForkedProcess(string executable, int pid, ForkPipes pipes, StreamReader status, string name, ILogger logger, TimeProvider time)
    {
        (Executable, Pid, this.pipes, this.time) = (executable, pid, pipes, time);
        stderr = new WorkerStderr(name, logger, time);
        draining = stderr.DrainAsync(pipes.Stderr, release.Token);
        Exited = ReadExitAsync(status);
    }

    /// <inheritdoc/>
    public string Executable { get; }

    /// <inheritdoc/>
    public int Pid { get; }

    /// <inheritdoc/>
    public Stream Input => pipes.Stdin;

    /// <inheritdoc/>
    public Stream Output => pipes.Stdout;

    /// <inheritdoc/>
    public Task<WorkerExit> Exited { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> LastStderr => stderr.Last;

    /// <inheritdoc/>
    public string? LastTraceback => stderr.LastTraceback;

    /// <inheritdoc/>
    public Task<string> Flooded => stderr.Flooded;

    /// <inheritdoc/>
    public bool Recognize(int claimed)
    {
        var descends = ProcessTree.Descends(claimed, Pid);
        worker = descends == true ? claimed : 0;
        return descends != false;
    }

    /// <inheritdoc/>
    public void Terminate()
    {
        if (!Exited.IsCompleted)
        {
            UnixSignal.Terminate(Pid);
        }
    }

    /// <inheritdoc/>
    public void Kill()
    {
        if (!Exited.IsCompleted)
        {
            ProcessTree.Kill(Pid);
        }

        // Children of the worker that lost their parent are in its process group still.
        UnixSignal.KillGroup(worker);
    }

    /// <summary>Kills what still runs and lets go of the pipes. Every wait is bounded.</summary>
    public async ValueTask DisposeAsync()
    {
        Kill();
        await ((Task)Exited).WaitAsync(KillWait, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await release.CancelAsync().ConfigureAwait(false);
        await draining.WaitAsync(KillWait, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        pipes.Dispose();
    }

    // A subreaper that ended without a word was killed: there is no other way.
    private async Task<WorkerExit> ReadExitAsync(StreamReader status)
    {
        try
        {
            var line = await status.ReadLineAsync(release.Token).ConfigureAwait(false);
            return new WorkerExit(int.TryParse(line, CultureInfo.InvariantCulture, out var code) ? code : 128 + WorkerExit.Kill);
        }
        catch (OperationCanceledException) when (release.IsCancellationRequested)
        {
            return new WorkerExit(128 + WorkerExit.Kill);
        }
    }
}
