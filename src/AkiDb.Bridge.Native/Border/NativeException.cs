namespace AkiDb.Bridge.Native.Border;

/// <summary>A call that is wrong at the border already; it does not cross it.</summary>
/// <param name="failure">What the caller learns.</param>
internal sealed class NativeException(NativeFailure failure) : Exception(failure.Message)
{
    public NativeException(NativeStatus status, string message)
        : this(new NativeFailure(status, message))
    {
    }

    public NativeFailure Failure => failure;

    public static NativeException InvalidHandle(string what) => new(
        NativeStatus.InvalidHandle, $"This is no handle of {what}: it is 0, of another kind, or was released or destroyed already.");

    /// <summary>A struct that begins with <c>struct_size</c> is as large as in the first version, or larger.</summary>
    /// <exception cref="NativeException">It is smaller.</exception>
    public static void ThrowIfSmaller(nuint size, int least, string name)
    {
        if (size < (nuint)least)
        {
            throw new NativeException(NativeStatus.InvalidArgument, $"'struct_size' is {size}; it must be sizeof({name}), which is at least {least}.");
        }
    }

    public static NativeException Null(string name) => new(NativeStatus.InvalidArgument, $"'{name}' is null.");
}
