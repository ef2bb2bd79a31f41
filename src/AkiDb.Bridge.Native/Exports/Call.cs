using AkiDb.Bridge.Native.Border;
using AkiDb.Bridge.Native.Hosting;

namespace AkiDb.Bridge.Native.Exports;

/// <summary>A call that its caller does not wait for: it ends with a callback, once, on a thread of the library.</summary>
internal sealed class Call
{
    public const string Kind = "a call that runs";

    private readonly GuestBridge bridge;
    private readonly EmbeddingRequest request;
    private readonly EmbedCallback callback;
    private readonly CancellationTokenSource cancellation;
    private readonly ulong handle;

    private Call(GuestBridge bridge, EmbeddingRequest request, EmbedCallback callback)
    {
        (this.bridge, this.request, this.callback) = (bridge, request, callback);
        cancellation = CancellationTokenSource.CreateLinkedTokenSource(bridge.Destroying);
        handle = Handles.Add(this);
    }

    /// <summary>Begins one that was let in. The bridge counts it until its callback has returned.</summary>
    /// <returns>Its handle.</returns>
    public static ulong Begin(GuestBridge bridge, EmbeddingRequest request, EmbedCallback callback)
    {
        var call = new Call(bridge, request, callback);
        ThreadPool.UnsafeQueueUserWorkItem(static call => _ = call.RunAsync(), call, preferLocal: false);
        return call.handle;
    }

    /// <summary>Asks it to end, and does not wait for what that sets going.</summary>
    public void Cancel()
    {
        try
        {
            _ = cancellation.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            throw NativeException.InvalidHandle(Kind);
        }
    }

    private async Task RunAsync()
    {
        ResultBlock? result = null;
        NativeFailure? failure = null;
        try
        {
            result = new ResultBlock(await bridge.EmbedAsync(request, cancellation.Token).ConfigureAwait(false), withVectors: true);
        }
        catch (Exception thrown)
        {
            failure = NativeFailure.Of(thrown);
        }

        Handles.Remove<Call>(handle, Kind);
        cancellation.Dispose();
        bridge.CallBack(() =>
        {
            if (failure is null)
            {
                callback.Succeed(Handles.Add(result!));
            }
            else
            {
                callback.Fail(failure);
            }
        });
    }
}
