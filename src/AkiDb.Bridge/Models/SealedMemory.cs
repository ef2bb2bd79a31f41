using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AkiDb.Bridge.Models;

/// <summary>A file that lives in memory alone and can be sealed: after that no process can write to it, shorten it or lengthen it (Linux).</summary>
/// <remarks>See memfd_create(2) and F_ADD_SEALS in fcntl(2).</remarks>
internal static partial class SealedMemory
{
    private const uint CloseOnExec = 1;
    private const uint AllowSealing = 2;
    private const int AddSeals = 1033;

    // F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW and F_SEAL_WRITE.
    private const int AllSeals = 0xF;

    // EBUSY.
    private const int Busy = 16;
    private const int MostTries = 100;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>An empty file in memory; null where the system has no such thing.</summary>
    /// <param name="name">What it is called in lists of open files.</param>
    public static SafeFileHandle? TryCreate(string name)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        SafeFileHandle file;
        try
        {
            file = Create(name, CloseOnExec | AllowSealing);
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }

        if (!file.IsInvalid)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    /// <summary>Seals the file for good. It has no writable mapping.</summary>
    /// <remarks>
    /// The system refuses as long as somebody holds a page of it, which it may be itself for a moment: where it moves pages, or looks who is using them.
    /// It waits for up to 0.15 s each time that it is asked.
    /// </remarks>
    public static void Seal(SafeFileHandle file, CancellationToken cancellationToken)
    {
        for (var tries = 1; Control(file, AddSeals, AllSeals) != 0; tries++)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != Busy || tries == MostTries)
            {
                throw new IOException($"the copy in memory could not be sealed: {Marshal.GetPInvokeErrorMessage(error)}");
            }

            cancellationToken.WaitHandle.WaitOne(Pause);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Where this and every other process of the same user opens the file, as long as this process holds it.</summary>
    public static string PathOf(SafeFileHandle file) => $"/proc/{Environment.ProcessId}/fd/{file.DangerousGetHandle()}";

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle Create(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command, int argument);
}
