using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using AkiDb.Bridge.Native.Border;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>A bridge behind the C ABI, called as a program in C calls it: its texts are UTF-8 already, and it looks at the vectors where they are.</summary>
internal sealed unsafe class NativeBridge : IDisposable
{
    private readonly delegate* unmanaged[Cdecl]<ulong, nuint*, ulong*, NativeError*, int> embed;
    private readonly delegate* unmanaged[Cdecl]<ulong, NativeResult*, int> view;
    private readonly delegate* unmanaged[Cdecl]<ulong, int> release;
    private readonly delegate* unmanaged[Cdecl]<ulong, NativeError*, int> destroy;
    private readonly Dictionary<string[], nint> requests = [];
    private readonly ulong bridge;
    private Samples added = new();

    private NativeBridge(string file, string modelFolder)
    {
        var library = NativeLibrary.Load(file);
        embed = (delegate* unmanaged[Cdecl]<ulong, nuint*, ulong*, NativeError*, int>)NativeLibrary.GetExport(library, "akidb_bridge_embed");
        view = (delegate* unmanaged[Cdecl]<ulong, NativeResult*, int>)NativeLibrary.GetExport(library, "akidb_bridge_view");
        release = (delegate* unmanaged[Cdecl]<ulong, int>)NativeLibrary.GetExport(library, "akidb_bridge_release");
        destroy = (delegate* unmanaged[Cdecl]<ulong, NativeError*, int>)NativeLibrary.GetExport(library, "akidb_bridge_destroy");
        var create = (delegate* unmanaged[Cdecl]<byte*, nint, nint, ulong*, NativeError*, int>)NativeLibrary.GetExport(library, "akidb_bridge_create");
        ulong handle;
        fixed (byte* json = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { Model = modelFolder, Provider = "onnx" }) + '\0'))
        {
            Check(create(json, 0, 0, &handle, null));
        }

        bridge = handle;
    }

    /// <summary>Starts one on the in-process engine; null where the library was not published.</summary>
    public static NativeBridge? Start(string modelFolder) =>
        TestPaths.NativeLibrary is { } folder ? new NativeBridge(Path.Combine(folder, "libakidb_bridge.so"), modelFolder) : null;

    /// <summary>Embeds the texts, which are converted once.</summary>
    /// <returns>The engine's own compute time.</returns>
    public TimeSpan Embed(string[] inputs)
    {
        if (!requests.TryGetValue(inputs, out var request))
        {
            requests[inputs] = request = Prepare(inputs);
        }

        ulong vectors;
        var started = TimeProvider.System.GetTimestamp();
        Check(embed(bridge, (nuint*)request, &vectors, null));
        var result = new NativeResult { StructSize = (nuint)sizeof(NativeResult) };
        Check(view(vectors, &result));
        Check(release(vectors));
        added.Add(TimeProvider.System.GetElapsedTime(started) - TimeSpan.FromMilliseconds(result.DurationMs));
        return TimeSpan.FromMilliseconds(result.ComputeMs);
    }

    /// <summary>
    /// What the border has added to the library's own time from the call to the result, call by call, since this was last asked: texts to strings, the wait of a
    /// blocked thread, the copy of the vectors.
    /// </summary>
    public Samples TakeAdded() => Interlocked.Exchange(ref added, new Samples());

    /// <inheritdoc/>
    public void Dispose() => Check(destroy(bridge, null));

    // akidb_bridge_request begins with its size, the texts, their lengths and their number; 0 is the default of the rest. Lives as long as the process.
    private static nint Prepare(string[] inputs)
    {
        var texts = (nint*)NativeMemory.Alloc((nuint)inputs.Length, (nuint)sizeof(nint));
        for (var i = 0; i < inputs.Length; i++)
        {
            texts[i] = Marshal.StringToCoTaskMemUTF8(inputs[i]);
        }

        var request = (nuint*)NativeMemory.AllocZeroed((nuint)sizeof(NativeRequest));
        (request[0], request[1], request[3]) = ((nuint)sizeof(NativeRequest), (nuint)texts, (nuint)inputs.Length);
        return (nint)request;
    }

    private static void Check(int status)
    {
        if (status != (int)NativeStatus.Ok)
        {
            throw new InvalidOperationException($"The native library answers {(NativeStatus)status}.");
        }
    }
}
