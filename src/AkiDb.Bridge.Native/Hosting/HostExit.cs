using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AkiDb.Bridge.Native.Border;

namespace AkiDb.Bridge.Native.Hosting;

/// <summary>A host that calls exit() while a bridge computes: ONNX Runtime would be taken to pieces under its own runs. They are ended before.</summary>
internal static unsafe partial class HostExit
{
    // A callback that never returns must not keep the process.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static int watches;

    /// <summary>The host's own functions may be gone: nothing is called back any more.</summary>
    public static bool HasBegun { get; private set; }

    /// <summary>What was registered last runs first at the end: to be called when ONNX Runtime has begun, and when it has computed.</summary>
    /// <param name="stage">1, then 2; each counts once.</param>
    public static void Watch(int stage)
    {
        if (OperatingSystem.IsLinux() && Volatile.Read(ref watches) < stage && Interlocked.CompareExchange(ref watches, stage, stage - 1) == stage - 1)
        {
            EndWithHost(&End);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void End()
    {
        HasBegun = true;
        GuestBridge.LeaveOwnCall();
        try
        {
            Task.WaitAll([.. Handles.All<GuestBridge>().Select(bridge => Task.Run(() => bridge.DisposeAsync().AsTask()))], Patience);
        }
        catch (AggregateException)
        {
            // It ends all the same.
        }
    }

    [LibraryImport("akidb_guest", EntryPoint = "akidb_guest_end_with_host")]
    private static partial void EndWithHost(delegate* unmanaged[Cdecl]<void> end);
}
