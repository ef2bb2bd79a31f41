using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Host;

/// <summary>Who starts a program while it blocks a signal, as some do around a fork, leaves it blocked there: it would not hear that it should stop.</summary>
internal static partial class BlockedSignals
{
    private const int LargestSet = 128;

    // SIGHUP, SIGINT, SIGQUIT and SIGTERM have these numbers everywhere.
    private static readonly int[] Heard = [1, 2, 3, 15];

    /// <summary>Has the signals that are answered come to this thread: the first one, so that there is always one.</summary>
    public static void Unblock()
    {
        var set = new byte[LargestSet];
        _ = Empty(set);
        foreach (var signal in Heard)
        {
            _ = Add(set, signal);
        }

        _ = Change(OperatingSystem.IsMacOS() ? 2 : 1, set, nint.Zero);
    }

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static partial int Empty(byte[] set);

    [LibraryImport("libc", EntryPoint = "sigaddset")]
    private static partial int Add(byte[] set, int signal);

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    private static partial int Change(int how, byte[] set, nint before);
}
