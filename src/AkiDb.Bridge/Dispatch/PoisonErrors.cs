namespace AkiDb.Bridge.Dispatch;

/// <summary>The error of an input that kills workers.</summary>
internal static class PoisonErrors
{
    /// <summary>The error of a batch that is this input alone.</summary>
    public static BridgeError ForInput(TimeSpan rememberedFor) => new(
        BridgeErrorKind.PoisonInput,
        $"Workers die when they compute this input. It is not given to them again for {rememberedFor}; leave it out, shorten it, or allow the fallback to the in-process engine.")
    {
        InputIndex = 0,
    };
}
