namespace AkiDb.Bridge.Supervision;

/// <summary>Finds out how a worker ended, and writes its dossier.</summary>
internal static class PostMortem
{
    // Whoever lost a batch with it waits for the verdict: not longer than this.
    private static readonly TimeSpan ExitWait = TimeSpan.FromMilliseconds(400);

    /// <summary>Examines a worker that is of no use any more, and kills what is left of it.</summary>
    public static async Task<WorkerEnding> ExamineAsync(WorkerLife life, WatchEnd end, TimeProvider time, bool misconfigured = false)
    {
        if (!end.Alive && !misconfigured)
        {
            // A pipe that closed usually means that the process is about to be reaped: its exit code says more than the pipe does.
            await ((Task)life.Process.Exited).WaitAsync(ExitWait, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var exit = life.Process.Exited.IsCompleted ? await life.Process.Exited.ConfigureAwait(false) : null;
        var inFlight = end.InFlight ?? life.Connection.InFlightBatches();
        var stopped = exit is null && ProcessState.IsStopped(life.Pid);
        var killedForMemory = exit?.Signal == WorkerExit.Kill && life.OomKillsBefore is { } before ? OomKills.Read() > before : (bool?)null;
        life.Process.Kill();
        var reason = misconfigured ? end.Reason : exit is null ? $"{end.Reason} It was killed." : $"{end.Reason} The process ended with {exit}.";
        return new WorkerEnding(reason)
        {
            Misconfigured = misconfigured,
            Served = life.Service,
            InputSuspected = exit is null ? end.Stuck && inFlight.Count > 0 && !stopped : !exit.FromOutside,
            FromOutside = stopped || (exit is { FromOutside: true } && killedForMemory != true),
            Crash = new WorkerCrash
            {
                At = time.GetUtcNow(),
                Reason = reason,
                Exit = exit?.ToString(),
                Explanation = Explain(exit, killedForMemory, stopped),
                Uptime = life.Uptime,
                MemoryBytes = life.LastPong?.RssBytes,
                InFlight = inFlight,
                Traceback = life.Process.LastTraceback,
                Stderr = life.Process.LastStderr,
            },
        };
    }

    /// <summary>What is likely behind an end; null when it speaks for itself.</summary>
    /// <param name="exit">How the process ended; null when it had not.</param>
    /// <param name="killedForMemory">Whether the kernel has just killed a process for want of memory; null where it does not tell.</param>
    /// <param name="stopped">Whether the process was stopped.</param>
    public static string? Explain(WorkerExit? exit, bool? killedForMemory, bool stopped) => (exit?.Signal, killedForMemory) switch
    {
        (WorkerExit.Kill, true) =>
            "Likely the kernel's OOM killer: its count rose in that moment. Use fewer workers or a larger memory limit, or set Supervision:RecycleMemory.",
        (WorkerExit.Kill, false) => "Somebody or something sent SIGKILL; the kernel's OOM killer did not.",
        (WorkerExit.Kill, null) => "Somebody sent SIGKILL, or it was the kernel's OOM killer, which this system does not tell.",
        _ when stopped => "The process was stopped, by SIGSTOP or a debugger.",
        _ => null,
    };
}
