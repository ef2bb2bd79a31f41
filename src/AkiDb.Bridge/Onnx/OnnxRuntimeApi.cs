using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace AkiDb.Bridge.Onnx;

/// <summary>A function of ONNX Runtime's C interface that its .NET package does not offer.</summary>
/// <remarks>The interface is a table of functions to which new ones are only ever appended: <c>struct OrtApi</c> in onnxruntime_c_api.h.</remarks>
internal static unsafe partial class OnnxRuntimeApi
{
    private const uint Version = 20;
    private const int GetErrorMessage = 2;
    private const int ReleaseStatus = 93;
    private const int AddExternalInitializersFromFilesInMemory = 279;

    /// <summary>Has a session find external tensors in memory instead of in files. The memory must outlive the session, which uses it where it lies.</summary>
    /// <param name="options">The session's options.</param>
    /// <param name="files">The files' names in the graph, where they begin in memory, and their bytes.</param>
    public static void GiveFiles(SessionOptions options, IReadOnlyList<(string Name, nint Start, long Length)> files)
    {
        options.AddSessionConfigEntry("session.use_external_initializer_file_buffers_directly", "1");
        var functions = (nint*)((delegate* unmanaged<uint, nint>)GetApiBase()[0])(Version);
        var names = new nint[files.Count];
        try
        {
            for (var i = 0; i < names.Length; i++)
            {
                names[i] = OperatingSystem.IsWindows() ? Marshal.StringToCoTaskMemUni(files[i].Name) : Marshal.StringToCoTaskMemUTF8(files[i].Name);
            }

            nint[] starts = [.. files.Select(file => file.Start)];
            nint[] lengths = [.. files.Select(file => (nint)file.Length)];
            fixed (nint* name = names, start = starts, length = lengths)
            {
                var add = (delegate* unmanaged<nint, nint*, nint*, nint*, nint, nint>)functions[AddExternalInitializersFromFilesInMemory];
                Check(functions, add(options.DangerousGetHandle(), name, start, length, names.Length));
            }
        }
        finally
        {
            Array.ForEach(names, Marshal.FreeCoTaskMem);
        }
    }

    private static void Check(nint* functions, nint status)
    {
        if (status != 0)
        {
            var message = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)functions[GetErrorMessage])(status));
            ((delegate* unmanaged<nint, void>)functions[ReleaseStatus])(status);
            throw new InvalidOperationException($"ONNX Runtime does not take tensors from memory: {message}");
        }
    }

    [LibraryImport("onnxruntime", EntryPoint = "OrtGetApiBase")]
    private static partial nint* GetApiBase();
}
