using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Native.Hosting;

/// <summary>The folder that this library lies in: the model and the worker's package lie beside it, not beside the host's program.</summary>
internal static unsafe partial class LibraryFolder
{
    // By this name the framework keeps what AppContext.BaseDirectory answers.
    private const string BaseDirectory = "APP_CONTEXT_BASE_DIRECTORY";

    private const uint FromAddress = 4;
    private const uint UnchangedCount = 2;
    private const int LongestPath = short.MaxValue;

    private static readonly Lazy<bool> Named = new(() =>
    {
        if (Path.GetDirectoryName(OfCode()) is { Length: > 0 } folder)
        {
            AppContext.SetData(BaseDirectory, folder + Path.DirectorySeparatorChar);
        }

        return true;
    });

    /// <summary>Has <see cref="AppContext.BaseDirectory"/> name it from now on. Comes before whatever asks for that.</summary>
    public static void BecomeBaseDirectory() => _ = Named.Value;

    private static string? OfCode()
    {
        var address = (nint)(delegate* unmanaged[Cdecl]<ulong, int>)&Exports.ResultExports.Release;
        if (!OperatingSystem.IsWindows())
        {
            // Links are followed: who links to the library does not move what lies beside it.
            return FindSymbol(address, out var found) != 0 && Marshal.PtrToStringUTF8(found.File) is { } file
                ? Path.GetFullPath(File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file)
                : null;
        }

        var name = stackalloc char[LongestPath];
        return GetModule(FromAddress | UnchangedCount, address, out var module) ? new string(name, 0, GetModuleFile(module, name, LongestPath)) : null;
    }

    [LibraryImport("libc", EntryPoint = "dladdr")]
    private static partial int FindSymbol(nint address, out Symbol symbol);

    [LibraryImport("kernel32", EntryPoint = "GetModuleHandleExW")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetModule(uint flags, nint address, out nint module);

    [LibraryImport("kernel32", EntryPoint = "GetModuleFileNameW")]
    private static partial int GetModuleFile(nint module, char* name, int size);

    /// <summary>What dladdr answers: the file, where it lies in memory, and the symbol.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Symbol
    {
        public nint File;
        public nint FileAddress;
        public nint Name;
        public nint Address;
    }
}
