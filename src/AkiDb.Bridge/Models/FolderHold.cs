using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AkiDb.Bridge.Models;

/// <summary>A mark on a folder that goes with the process that has set it, however that ends; see flock(2). Linux only.</summary>
/// <remarks>A process id would not do: containers that share a folder for temporary files do not see each other's processes.</remarks>
internal static partial class FolderHold
{
    private const int CloseOnExec = 0x80000;
    private const int ExclusiveWithoutWaiting = 2 | 4;

    /// <summary>Holds a folder until the mark is disposed of.</summary>
    /// <returns>Null where somebody holds it, or it cannot be held.</returns>
    public static SafeFileHandle? TryTake(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var mark = Open(folder, CloseOnExec);
        if (!mark.IsInvalid && Lock(mark, ExclusiveWithoutWaiting) == 0)
        {
            return mark;
        }

        mark.Dispose();
        return null;
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock")]
    private static partial int Lock(SafeFileHandle file, int operation);
}
