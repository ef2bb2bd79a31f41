using System.Globalization;
using System.Runtime.InteropServices;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>Sends Unix signals.</summary>
internal static partial class Signals
{
    public const int HangUp = 1;
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int SegmentationFault = 11;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    /// <summary>Sends a signal; a process that is gone already is no error.</summary>
    public static void Send(int pid, int signal) => _ = SendSignal(pid, signal);

    /// <summary>Skips a test where a signal is ignored by whoever started the tests, as nohup and background jobs do: every program that a test starts ignores it too.</summary>
    public static void RequireHeeded(int signal)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        var ignored = ulong.Parse(line.AsSpan("SigIgn:".Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        Assert.SkipWhen((ignored >> (signal - 1) & 1) != 0, $"Signal {signal} is ignored here: the tests were started in the background or by nohup.");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}
