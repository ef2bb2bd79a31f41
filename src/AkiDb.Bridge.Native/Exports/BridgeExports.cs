using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AkiDb.Bridge.Native.Border;
using AkiDb.Bridge.Native.Hosting;

namespace AkiDb.Bridge.Native.Exports;

/// <summary>The beginning and the end of a bridge, as <c>akidb_bridge.h</c> describes them.</summary>
internal static unsafe class BridgeExports
{
    public const string Kind = "a bridge";

    [UnmanagedCallersOnly(EntryPoint = "akidb_bridge_create", CallConvs = [typeof(CallConvCdecl)])]
    public static int Create(byte* configuration, delegate* unmanaged[Cdecl]<void*, int, byte*, byte*, void> log, void* logData, ulong* bridge, NativeError* error)
    {
        try
        {
            if (bridge is null)
            {
                throw NativeException.Null("bridge");
            }

            *bridge = 0;
            LibraryFolder.BecomeBaseDirectory();
            var json = Utf8Text.ReadOptional(configuration, "configuration");
            *bridge = Handles.Add(GuestBridge.Start(json, log is null ? null : new LogDelivery(log, logData)));
            return (int)NativeStatus.Ok;
        }
        catch (Exception thrown)
        {
            return Failure.Report(error, thrown);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "akidb_bridge_drain", CallConvs = [typeof(CallConvCdecl)])]
    public static int Drain(ulong bridge, long timeoutMs, NativeError* error)
    {
        try
        {
            var timeout = timeoutMs is < 0 or > int.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(timeoutMs);
            return Handles.Get<GuestBridge>(bridge, Kind).Drain(timeout)
                ? (int)NativeStatus.Ok
                : throw new NativeException(NativeStatus.DeadlineExceeded, $"Calls still run after {timeoutMs} ms. No new ones are taken.");
        }
        catch (Exception thrown)
        {
            return Failure.Report(error, thrown);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "akidb_bridge_destroy", CallConvs = [typeof(CallConvCdecl)])]
    public static int Destroy(ulong bridge, NativeError* error)
    {
        try
        {
            Handles.Get<GuestBridge>(bridge, Kind).Expect("destroyed");
            Handles.Remove<GuestBridge>(bridge, Kind).DisposeAsync().AsTask().GetAwaiter().GetResult();
            return (int)NativeStatus.Ok;
        }
        catch (Exception thrown)
        {
            return Failure.Report(error, thrown);
        }
    }
}
