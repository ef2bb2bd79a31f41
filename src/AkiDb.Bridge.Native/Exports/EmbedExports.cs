using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AkiDb.Bridge.Native.Border;
using AkiDb.Bridge.Native.Hosting;

namespace AkiDb.Bridge.Native.Exports;

/// <summary>Embedding, as <c>akidb_bridge.h</c> describes it.</summary>
internal static unsafe class EmbedExports
{
    [UnmanagedCallersOnly(EntryPoint = "akidb_bridge_embed", CallConvs = [typeof(CallConvCdecl)])]
    public static int Embed(ulong bridge, NativeRequest* request, ulong* result, NativeError* error)
    {
        try
        {
            if (result is null)
            {
                throw NativeException.Null("result");
            }

            *result = 0;
            *result = Handles.Add(new ResultBlock(Wait(bridge, request), withVectors: true));
            return (int)NativeStatus.Ok;
        }
        catch (Exception thrown)
        {
            return Failure.Report(error, thrown);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "akidb_bridge_embed_into", CallConvs = [typeof(CallConvCdecl)])]
    public static int EmbedInto(ulong bridge, NativeRequest* request, float* values, nuint capacity, nuint* written, ulong* result, NativeError* error)
    {
        try
        {
            if (result is not null)
            {
                *result = 0;
            }

            if (written is null)
            {
                throw NativeException.Null("written");
            }

            *written = 0;
            if (values is null && capacity > 0)
            {
                throw NativeException.Null("values");
            }

            var vectors = Wait(bridge, request);
            var needed = vectors.Vectors.Count * vectors.Space.Dimensions;
            *written = (nuint)needed;
            if (capacity < (nuint)needed)
            {
                throw new NativeException(NativeStatus.BufferTooSmall, $"The vectors have {needed} floats, and there is room for {capacity}.");
            }

            ResultBlock.CopyVectors(vectors, new Span<float>(values, needed));
            if (result is not null)
            {
                *result = Handles.Add(new ResultBlock(vectors, withVectors: false));
            }

            return (int)NativeStatus.Ok;
        }
        catch (Exception thrown)
        {
            return Failure.Report(error, thrown);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "akidb_bridge_embed_async", CallConvs = [typeof(CallConvCdecl)])]
    public static int EmbedAsync(
        ulong bridge, NativeRequest* request, delegate* unmanaged[Cdecl]<void*, int, ulong, NativeError*, void> callback, void* data, ulong* call, NativeError* error)
    {
        try
        {
            if (call is not null)
            {
                *call = 0;
            }

            if (callback is null)
            {
                throw NativeException.Null("callback");
            }

            var (guest, texts) = Enter(bridge, request);
            var handle = Call.Begin(guest, texts, new EmbedCallback(callback, data));
            if (call is not null)
            {
                *call = handle;
            }

            return (int)NativeStatus.Ok;
        }
        catch (Exception thrown)
        {
            return Failure.Report(error, thrown);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "akidb_bridge_cancel", CallConvs = [typeof(CallConvCdecl)])]
    public static int Cancel(ulong call)
    {
        try
        {
            Handles.Get<Call>(call, Call.Kind).Cancel();
            return (int)NativeStatus.Ok;
        }
        catch (Exception thrown)
        {
            return Failure.Report(null, thrown);
        }
    }

    private static (GuestBridge Bridge, EmbeddingRequest Request) Enter(ulong bridge, NativeRequest* request)
    {
        var guest = Handles.Get<GuestBridge>(bridge, BridgeExports.Kind);
        var texts = NativeRequest.Read(request, guest.MaxInputs);
        guest.Enter();
        return (guest, texts);
    }

    private static EmbeddingResult Wait(ulong bridge, NativeRequest* request)
    {
        var (guest, texts) = Enter(bridge, request);
        try
        {
            return guest.EmbedAsync(texts, guest.Destroying).GetAwaiter().GetResult();
        }
        finally
        {
            guest.Leave();
        }
    }
}
