using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Processes;

namespace AkiDb.Bridge.Supervision;

/// <summary>Finds out how a worker ended, and writes the crash report.</summary>
internal static class CrashReporter
{
    // Whoever lost a batch with it waits for the verdict: not longer than this.
    private static readonly TimeSpan ExitWait = TimeSpan.FromMilliseconds(400);

    /// <summary>Examines a worker that is of no use any more, and kills what is left of it.</summary>
    public static async Task<WorkerEnd> ExamineAsync(WorkerInstance instance, Symptom symptom, TimeProvider time)
    {
        if (symptom is { Alive: false, Misconfigured: false })
        {
            // A pipe that closed usually means that the process is about to be reaped: its exit code says more than the pipe does.
            await ((Task)instance.Process.Exited).WaitAsync(ExitWait, time).WithoutThrowing();
        }

        var exit = instance.Process.Exited.IsCompleted ? await instance.Process.Exited : null;
        var inFlight = symptom.InFlight ?? instance.Connection.InFlightBatches();
        var stopped = exit is null && ProcessState.IsStopped(instance.Pid);
        var killedForMemory = exit?.Signal == WorkerExit.Kill && instance.OomKillsBefore is { } before ? OomKills.Read() > before : (bool?)null;
        instance.Process.Kill();
        var seen = PrintableText.Of(symptom.Reason);
        var reason = symptom.Misconfigured ? seen : exit is null ? $"{seen} It was killed." : $"{seen} The process ended with {exit}.{Cause(instance)}";
        return new WorkerEnd(reason)
        {
            Misconfigured = symptom.Misconfigured,
            Served = instance.Service,
            InputSuspected = exit is null ? symptom.Stuck && inFlight.Count > 0 && !stopped : !exit.FromOutside,
            FromOutside = stopped || (exit is { FromOutside: true } && killedForMemory != true),
            Crash = new WorkerCrash
            {
                At = time.GetUtcNow(),
                Reason = reason,
                Exit = exit?.ToString(),
                Explanation = Explain(exit, killedForMemory, stopped),
                Uptime = instance.Uptime,
                MemoryBytes = instance.LastPong?.RssBytes,
                InFlight = inFlight,
                Traceback = instance.Process.LastTraceback,
                Stderr = instance.Process.LastStderr,
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

    // Before its hello a worker can say why it cannot work on its stderr alone.
    private static string Cause(WorkerInstance instance) =>
        instance.Hello is null && instance.Process.LastStderr.LastOrDefault(line => line.Length > 0) is { } line ? $" Its last line on stderr: {line}" : "";
}
