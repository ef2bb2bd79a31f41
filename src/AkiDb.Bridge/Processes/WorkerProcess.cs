using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Processes;

/// <summary>A real worker process, as a child of the host.</summary>
/// <remarks>
/// The pipes are closed by nobody but who disposes this, and not because the process has ended: on Unix the runtime may never return
/// from the first write to a pipe that is closed at that very moment.
/// </remarks>
internal sealed class WorkerProcess : IWorkerProcess
{
    // A grandchild may hold the pipes of a dead worker open, and the kernel may take its time to end a killed process: nothing waits longer than this.
    private static readonly TimeSpan KillWait = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource release = new();
    private readonly TaskCompletionSource<WorkerExit> exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process process;
    private readonly Stream errors;
    private readonly WorkerStderr stderr;
    private readonly TimeProvider time;
    private readonly WindowsJob? job;
    private readonly Task draining;
    private int worker;

    private WorkerProcess(WorkerCommand command, string name, ILogger logger, TimeProvider time)
    {
        this.time = time;
        Executable = command.Executable;
        stderr = new WorkerStderr(name, logger, time);
        process = new Process { StartInfo = StartInfoOf(command), EnableRaisingEvents = true };
        process.Exited += (_, _) => exited.TrySetResult(new WorkerExit(process.ExitCode));
        process.Start();
        Pid = process.Id;
        try
        {
            job = WindowsJob.Around(process);
            (Input, Output, errors) = (process.StandardInput.BaseStream, PipeReadEnd.Of(process.StandardOutput.BaseStream), process.StandardError.BaseStream);
        }
        catch
        {
            // Without a descriptor left for its pipes nobody else would ever know of it.
            ProcessTree.Kill(process);
            process.Dispose();
            throw;
        }

        draining = stderr.DrainAsync(errors, release.Token);
    }

    /// <inheritdoc/>
    public string Executable { get; }

    /// <inheritdoc/>
    public int Pid { get; }

    /// <inheritdoc/>
    public Stream Input { get; }

    /// <inheritdoc/>
    public Stream Output { get; }

    /// <inheritdoc/>
    public Task<WorkerExit> Exited => exited.Task;

    /// <inheritdoc/>
    public IReadOnlyList<string> LastStderr => stderr.Last;

    /// <inheritdoc/>
    public string? LastTraceback => stderr.LastTraceback;

    /// <summary>Starts a worker, or what else the command says.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The executable cannot be started.</exception>
    public static Task<WorkerProcess> StartAsync(ProcessThread thread, WorkerCommand command, string name, ILogger logger, TimeProvider time) =>
        thread.RunAsync(() => new WorkerProcess(command, name, logger, time));

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
            ProcessTree.Kill(process);
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
        await draining.WaitAsync(KillWait, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Input.DisposeAsync().ConfigureAwait(false);
        await Output.DisposeAsync().ConfigureAwait(false);
        await errors.DisposeAsync().ConfigureAwait(false);
        job?.Dispose();
        if (exited.Task.IsCompleted)
        {
            process.Dispose();
        }
    }

    private static ProcessStartInfo StartInfoOf(WorkerCommand command)
    {
        var start = new ProcessStartInfo(command.Executable, [WorkerCommand.ModuleOption, command.Module, .. command.Arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = command.WorkingDirectory,
            CreateNoWindow = true,
        };
        if (OperatingSystem.IsWindows())
        {
            // Ctrl+C in the host's window is the host's to answer.
            start.CreateNewProcessGroup = true;
        }

        start.Environment.Clear();
        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }
}
