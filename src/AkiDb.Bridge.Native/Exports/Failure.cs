using AkiDb.Bridge.Native.Border;

namespace AkiDb.Bridge.Native.Exports;

/// <summary>Nothing thrown crosses the border.</summary>
internal static unsafe class Failure
{
    /// <param name="error">Where the caller wants to read of it; null for nowhere.</param>
    /// <param name="thrown">What a function has ended with.</param>
    /// <returns>What the function returns.</returns>
    public static int Report(NativeError* error, Exception thrown)
    {
        var failure = NativeFailure.Of(thrown);
        NativeError.Write(error, failure);
        return (int)failure.Status;
    }
}
