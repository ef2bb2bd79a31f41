namespace AkiDb.Bridge.Processes;

/// <summary>How a worker process ended.</summary>
/// <param name="Code">Its exit code; on Unix 128 + n when signal n ended it.</param>
internal sealed record WorkerExit(int Code)
{
    public const int Kill = 9;

    private static readonly Dictionary<int, string> Names = new()
    {
        [1] = "SIGHUP",
        [2] = "SIGINT",
        [3] = "SIGQUIT",
        [4] = "SIGILL",
        [5] = "SIGTRAP",
        [6] = "SIGABRT",
        [7] = "SIGBUS",
        [8] = "SIGFPE",
        [Kill] = "SIGKILL",
        [11] = "SIGSEGV",
        [13] = "SIGPIPE",
        [14] = "SIGALRM",
        [15] = "SIGTERM",
        [24] = "SIGXCPU",
        [25] = "SIGXFSZ",
        [31] = "SIGSYS",
    };

    /// <summary>The signal that ended it; null when it exited by itself.</summary>
    public int? Signal => !OperatingSystem.IsWindows() && Code > 128 ? Code - 128 : null;

    /// <summary>Whether somebody else wanted it to end: no crash looks like this.</summary>
    public bool FromOutside => Code == 0 || Signal is 1 or 2 or 3 or Kill or 15;

    public override string ToString() => Signal is { } signal
        ? $"signal {signal}{(Names.TryGetValue(signal, out var name) ? $" ({name})" : "")}"
        : $"exit code {Code}";
}
