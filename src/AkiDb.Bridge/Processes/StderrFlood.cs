namespace AkiDb.Bridge.Processes;

/// <summary>Notices that a process writes to its stderr without end: reading that takes a processor from everybody else.</summary>
internal sealed class StderrFlood(TimeProvider time)
{
    private const int MaxChars = 32 << 20;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource<string> detected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long windowStart = time.GetTimestamp();
    private long inWindow;

    /// <summary>Completes with a sentence when it does.</summary>
    public Task<string> Detected => detected.Task;

    /// <summary>So many more characters have come.</summary>
    public void Count(int chars)
    {
        if (time.GetElapsedTime(windowStart) > Window)
        {
            (windowStart, inWindow) = (time.GetTimestamp(), 0);
        }

        inWindow += chars;
        if (inWindow > MaxChars)
        {
            detected.TrySetResult($"It floods its stderr: more than {MaxChars >> 20} MiB within {Window.TotalSeconds:F0} s.");
        }
    }
}
