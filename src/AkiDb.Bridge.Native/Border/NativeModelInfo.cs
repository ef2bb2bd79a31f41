using System.Runtime.InteropServices;
using AkiDb.Bridge.Diagnostics;

namespace AkiDb.Bridge.Native.Border;

/// <summary><c>akidb_bridge_model_info</c>: one model, in the caller's memory.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeModelInfo
{
    private readonly nuint structSize;
    private nuint dimensions;
    private nuint maxTokens;
    private int state;
    private int reserved;

    /// <summary>Fills it in.</summary>
    /// <param name="info">Where.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="NativeException">There is no such struct.</exception>
    public static void Write(NativeModelInfo* info, ModelStatus model)
    {
        if (info is null)
        {
            throw NativeException.Null("info");
        }

        NativeException.ThrowIfSmaller(info->structSize, sizeof(NativeModelInfo), "akidb_bridge_model_info");
        info->dimensions = (nuint)(model.Facts?.Dimension ?? 0);
        info->maxTokens = (nuint)(model.Facts?.MaxTokens ?? 0);
        info->state = model.State switch
        {
            BridgeState.Degraded => 1,
            BridgeState.Ready => 2,
            BridgeState.Failed => 3,
            _ => 0,
        };
        info->reserved = 0;
    }
}
