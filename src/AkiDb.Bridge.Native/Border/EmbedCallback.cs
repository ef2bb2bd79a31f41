namespace AkiDb.Bridge.Native.Border;

/// <summary><c>akidb_bridge_embed_callback</c> and what it is given back.</summary>
internal readonly unsafe struct EmbedCallback
{
    private readonly delegate* unmanaged[Cdecl]<void*, int, ulong, NativeError*, void> function;
    private readonly void* data;

    public EmbedCallback(delegate* unmanaged[Cdecl]<void*, int, ulong, NativeError*, void> function, void* data)
    {
        this.function = function;
        this.data = data;
    }

    /// <summary>The call has a result, which is the callee's from now on.</summary>
    public void Succeed(ulong result) => function(data, (int)NativeStatus.Ok, result, null);

    /// <summary>The call has failed.</summary>
    public void Fail(NativeFailure failure)
    {
        NativeError error;
        NativeError.Write(&error, failure);
        function(data, (int)failure.Status, 0, &error);
    }
}
