namespace AkiDb.Bridge.Supervision;

/// <summary>How a worker process ended.</summary>
/// <param name="Code">Its exit code; on Unix 128 + n when signal n ended it.</param>
internal sealed record WorkerExit(int Code)
{
    private static readonly Dictionary<int, string> Signals = new()
    {
        [4] = "SIGILL",
        [6] = "SIGABRT",
        [7] = "SIGBUS",
        [8] = "SIGFPE",
        [9] = "SIGKILL",
        [11] = "SIGSEGV",
        [15] = "SIGTERM",
    };

    public override string ToString() => !OperatingSystem.IsWindows() && Code > 128
        ? $"signal {Code - 128}{(Signals.TryGetValue(Code - 128, out var name) ? $" ({name})" : "")}"
        : $"exit code {Code}";
}
