using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Native.Exports;

/// <summary><c>akidb_bridge_version</c>, where Guest/guest.c is not linked in.</summary>
internal static unsafe class VersionExport
{
    private static readonly nint Version = Marshal.StringToCoTaskMemUTF8(typeof(VersionExport).Assembly.GetName().Version!.ToString(3));

    [UnmanagedCallersOnly(EntryPoint = "akidb_bridge_version", CallConvs = [typeof(CallConvCdecl)])]
    public static byte* Get() => (byte*)Version;
}
