using System.Diagnostics;
using CliWrap;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>One worker process: its pipes, its stderr, its end.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    // A grandchild may hold the pipes of a dead worker open, and the kernel may take its time to end a killed process: nothing waits longer than this.
    private static readonly TimeSpan KillWait = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource kill = new();
    private readonly CancellationTokenSource release = new();
    private readonly TaskCompletionSource<WorkerExit> exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Stream> input = new();
    private readonly TaskCompletionSource<Stream> output = new();
    private readonly StderrLines stderr;
    private readonly StderrLog stderrLog;
    private readonly TimeProvider time;
    private CommandTask<CommandResult>? running;

    private WorkerProcess(ILogger logger, TimeProvider time, int slot)
    {
        this.time = time;
        stderrLog = new StderrLog(logger, time, slot);
        stderr = new StderrLines(stderrLog.Write);
    }

    public int Pid => running!.ProcessId;

    /// <summary>The worker's stdin.</summary>
    public Stream Input => input.Task.GetAwaiter().GetResult();

    /// <summary>The worker's stdout.</summary>
    public Stream Output => output.Task.GetAwaiter().GetResult();

    /// <summary>Completes when the process has ended, whoever still holds its pipes.</summary>
    public Task<WorkerExit> Exited => exited.Task;

    /// <summary>The last lines of its stderr.</summary>
    public IReadOnlyList<string> LastStderr => stderr.Last;

    /// <summary>Starts a worker.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The executable cannot be started.</exception>
    public static async Task<WorkerProcess> StartAsync(ProcessThread thread, WorkerCommand command, ILogger logger, TimeProvider time, int slot)
    {
        var process = new WorkerProcess(logger, time, slot);
        process.running = await thread.RunAsync(() => process.Start(command)).ConfigureAwait(false);
        return process;
    }

    /// <summary>Ends the process and its children, at once.</summary>
    public void Kill() => kill.Cancel();

    /// <summary>Kills what still runs and lets go of the pipes. Every wait is bounded.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!exited.Task.IsCompleted)
        {
            await kill.CancelAsync().ConfigureAwait(false);
        }

        await ((Task)exited.Task).WaitAsync(KillWait, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await release.CancelAsync().ConfigureAwait(false);
        await ((Task)running!.Task).WaitAsync(KillWait, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stderrLog.ReportSuppressed();
    }

    private CommandTask<CommandResult> Start(WorkerCommand command) => Cli.Wrap(command.Executable)
        .WithArguments(command.Arguments)
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
        try
        {
            await stderr.DrainAsync(stream, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (both.IsCancellationRequested)
        {
            // A grandchild still holds the pipe; the worker itself is gone.
        }
    }

    private void Watch(Process process)
    {
        process.Exited += (_, _) => exited.TrySetResult(new WorkerExit(process.ExitCode));
        if (process.HasExited)
        {
            exited.TrySetResult(new WorkerExit(process.ExitCode));
        }
    }
}
