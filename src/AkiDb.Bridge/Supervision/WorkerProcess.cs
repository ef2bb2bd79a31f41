using System.Diagnostics;
using CliWrap;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>A real worker process, by way of CliWrap.</summary>
internal sealed class WorkerProcess : IWorkerProcess
{
    // A grandchild may hold the pipes of a dead worker open, and the kernel may take its time to end a killed process: nothing waits longer than this.
    private static readonly TimeSpan KillWait = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource kill = new();
    private readonly CancellationTokenSource release = new();
    private readonly TaskCompletionSource<WorkerExit> exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Stream> input = new();
    private readonly TaskCompletionSource<Stream> output = new();
    private readonly WorkerStderr stderr;
    private readonly TimeProvider time;
    private CommandTask<CommandResult>? running;
    private WindowsJob? job;
    private int worker;

    private WorkerProcess(string executable, string name, ILogger logger, TimeProvider time)
    {
        this.time = time;
        Executable = executable;
        stderr = new WorkerStderr(name, logger, time);
    }

    /// <inheritdoc/>
    public string Executable { get; }

    /// <inheritdoc/>
    public int Pid => running!.ProcessId;

    /// <inheritdoc/>
    public Stream Input => input.Task.GetAwaiter().GetResult();

    /// <inheritdoc/>
    public Stream Output => output.Task.GetAwaiter().GetResult();

    /// <inheritdoc/>
    public Task<WorkerExit> Exited => exited.Task;

    /// <inheritdoc/>
    public IReadOnlyList<string> LastStderr => stderr.Last;

    /// <inheritdoc/>
    public string? LastTraceback => stderr.LastTraceback;

    /// <summary>Starts a worker, or what else the command says.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The executable cannot be started.</exception>
    public static async Task<WorkerProcess> StartAsync(ProcessThread thread, WorkerCommand command, string name, ILogger logger, TimeProvider time)
    {
        var process = new WorkerProcess(command.Executable, name, logger, time);
        process.running = await thread.RunAsync(() => process.Start(command)).ConfigureAwait(false);
        return process;
    }

    /// <inheritdoc/>
    public void NoteWorker(int pid) => worker = pid;

    /// <inheritdoc/>
    public void Terminate()
    {
        if (!exited.Task.IsCompleted)
        {
            UnixSignal.Terminate(Pid);
        }
    }

    /// <inheritdoc/>
    public void Kill()
    {
        if (!exited.Task.IsCompleted)
        {
            kill.Cancel();
        }

        // Children of the worker that lost their parent are in its process group still.
        UnixSignal.KillGroup(worker);
    }

    /// <summary>Kills what still runs and lets go of the pipes. Every wait is bounded.</summary>
    public async ValueTask DisposeAsync()
    {
        Kill();
        await ((Task)exited.Task).WaitAsync(KillWait, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await release.CancelAsync().ConfigureAwait(false);
        await ((Task)running!.Task).WaitAsync(KillWait, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        job?.Dispose();
    }

    private CommandTask<CommandResult> Start(WorkerCommand command) => Cli.Wrap(command.Executable)
        .WithArguments(["-m", command.Module, .. command.Arguments])
        .WithWorkingDirectory(command.WorkingDirectory)
        .WithEnvironmentVariables(command.Environment)
        .WithValidation(CommandResultValidation.None)
        .WithStandardInputPipe(PipeSource.Create((stream, token) => LendAsync(input, stream, token)))
        .WithStandardOutputPipe(PipeTarget.Create((stream, token) => LendAsync(output, stream, token)))
        .WithStandardErrorPipe(PipeTarget.Create(DrainStderrAsync))
        .ExecuteAsync(null, Watch, kill.Token);

    // Hands the raw stream out for as long as the worker is in use: CliWrap closes it when this returns.
    private async Task LendAsync(TaskCompletionSource<Stream> lent, Stream stream, CancellationToken cancellationToken)
    {
        lent.SetResult(stream);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, release.Token).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task DrainStderrAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, release.Token);
        await stderr.DrainAsync(stream, both.Token).ConfigureAwait(false);
    }

    private void Watch(Process process)
    {
        job = WindowsJob.Around(process);
        process.Exited += (_, _) => exited.TrySetResult(new WorkerExit(process.ExitCode));
        if (process.HasExited)
        {
            exited.TrySetResult(new WorkerExit(process.ExitCode));
        }
    }
}
