using System.Globalization;

namespace AkiDb.Bridge.Processes;

/// <summary>What the system knows about a process that does not answer.</summary>
internal static class ProcessState
{
    /// <summary>Whether somebody has stopped it, by a signal or a debugger. False where the system does not tell.</summary>
    public static bool IsStopped(int pid)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            return IsStopped(File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat")));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Completes when somebody has stopped it and not continued it for a time. It never does where the system does not tell.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="interval">From one look to the next.</param>
    /// <param name="limit">How long.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Nobody wants to know any more.</param>
    /// <remarks>Goes on in its caller's context.</remarks>
    public static async Task StoppedAsync(int pid, TimeSpan interval, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        for (var since = time.GetTimestamp(); time.GetElapsedTime(since) < limit;)
        {
            await Task.Delay(interval, time, cancellationToken).ConfigureAwait(true);
            since = IsStopped(pid) ? since : time.GetTimestamp();
        }
    }

    /// <summary>Whether the content of <c>/proc/PID/stat</c> says so. The program's name, in parentheses, may hold anything.</summary>
    public static bool IsStopped(string stat) => stat.LastIndexOf(')') is >= 0 and var end && stat.Length > end + 2 && stat[end + 2] is 'T' or 't';
}
