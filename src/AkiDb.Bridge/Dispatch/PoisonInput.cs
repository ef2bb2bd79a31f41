namespace AkiDb.Bridge.Dispatch;

/// <summary>The error of an input that kills workers.</summary>
internal static class PoisonInput
{
    /// <summary>The error, for a batch of this input alone.</summary>
    /// <param name="memory">How long it is remembered.</param>
    public static BridgeError Error(TimeSpan memory) => new(
        BridgeErrorKind.PoisonInput,
        $"Workers die when they compute this input. It is not given to them again for {memory}; leave it out, shorten it, or allow the fallback to the in-process engine.")
    {
        InputIndex = 0,
    };
}
