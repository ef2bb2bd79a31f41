using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Native.Border;
using AkiDb.Bridge.Native.Hosting;

namespace AkiDb.Bridge.Native.Exports;

/// <summary>What comes back, as <c>akidb_bridge.h</c> describes it.</summary>
internal static unsafe class ResultExports
{
    private const string Text = "a text";

    [UnmanagedCallersOnly(EntryPoint = "akidb_bridge_view", CallConvs = [typeof(CallConvCdecl)])]
    public static int View(ulong result, NativeResult* view)
    {
        try
        {
            if (view is null)
            {
                throw NativeException.Null("view");
            }

            Handles.Get<ResultBlock>(result, "a result").Show(view);
            return (int)NativeStatus.Ok;
        }
        catch (Exception thrown)
        {
            return Failure.Report(null, thrown);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "akidb_bridge_models", CallConvs = [typeof(CallConvCdecl)])]
    public static int Models(ulong bridge, ulong* text, NativeError* error) => Describe(bridge, text, error, ModelsJson.Write);

    [UnmanagedCallersOnly(EntryPoint = "akidb_bridge_status", CallConvs = [typeof(CallConvCdecl)])]
    public static int Status(ulong bridge, ulong* text, NativeError* error) =>
        Describe(bridge, text, error, (writer, status) => new StatusJson(writer, Show).Status(status));

    [UnmanagedCallersOnly(EntryPoint = "akidb_bridge_health", CallConvs = [typeof(CallConvCdecl)])]
    public static int Health(ulong bridge, ulong* text, NativeError* error) =>
        Describe(bridge, text, error, (writer, status) => ReadinessJson.Write(writer, status, Show));

    [UnmanagedCallersOnly(EntryPoint = "akidb_bridge_model", CallConvs = [typeof(CallConvCdecl)])]
    public static int Model(ulong bridge, byte* model, NativeModelInfo* info, NativeError* error)
    {
        try
        {
            var guest = Handles.Get<GuestBridge>(bridge, BridgeExports.Kind);
            NativeModelInfo.Write(info, guest.FindModel(Utf8Text.ReadOptional(model, "model")));
            return (int)NativeStatus.Ok;
        }
        catch (Exception thrown)
        {
            return Failure.Report(error, thrown);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "akidb_bridge_text_view", CallConvs = [typeof(CallConvCdecl)])]
    public static int TextView(ulong text, byte** data, nuint* length)
    {
        try
        {
            if (data is null)
            {
                throw NativeException.Null("data");
            }

            *data = null;
            var block = Handles.Get<TextBlock>(text, Text);
            *data = block.Data;
            if (length is not null)
            {
                *length = (nuint)block.Length;
            }

            return (int)NativeStatus.Ok;
        }
        catch (Exception thrown)
        {
            return Failure.Report(null, thrown);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "akidb_bridge_release", CallConvs = [typeof(CallConvCdecl)])]
    public static int Release(ulong resultOrText)
    {
        try
        {
            if (resultOrText != 0)
            {
                ReleaseHeld(resultOrText);
            }

            return (int)NativeStatus.Ok;
        }
        catch (Exception thrown)
        {
            return Failure.Report(null, thrown);
        }
    }

    // Whoever asks is within the process that the paths belong to.
    private static string Show(string sentence) => sentence;

    // Bridges and calls are disposed of by themselves, or by destroy: they are nothing that could be released.
    private static void ReleaseHeld(ulong handle) => Handles.Remove<IDisposable>(handle, "a result or a text").Dispose();

    private static int Describe(ulong bridge, ulong* text, NativeError* error, Action<Utf8JsonWriter, BridgeStatus> write)
    {
        try
        {
            if (text is null)
            {
                throw NativeException.Null("text");
            }

            *text = 0;
            var status = Handles.Get<GuestBridge>(bridge, BridgeExports.Kind).Status;
            *text = Handles.Add(new TextBlock(writer => write(writer, status)));
            return (int)NativeStatus.Ok;
        }
        catch (Exception thrown)
        {
            return Failure.Report(error, thrown);
        }
    }
}
