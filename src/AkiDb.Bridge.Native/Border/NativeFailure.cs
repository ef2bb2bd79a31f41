using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Native.Border;

/// <summary>One failure as a caller learns of it.</summary>
/// <param name="Status">What the function returns.</param>
/// <param name="Message">A sentence for the caller.</param>
internal sealed record NativeFailure(NativeStatus Status, string Message)
{
    /// <summary>When to try again; null where nobody can say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The text that it is about; null where it is about none.</summary>
    public int? InputIndex { get; init; }

    /// <summary>The space that was demanded, and the one that the call would be answered in; null for everything else.</summary>
    public SpaceMismatch? Spaces { get; init; }

    /// <summary>The failure for whatever was thrown.</summary>
    public static NativeFailure Of(Exception thrown) => thrown switch
    {
        NativeException border => border.Failure,
        BridgeException { Error: var error } => new(StatusOf(error.Kind), error.Message)
        {
            RetryAfter = error.RetryAfter,
            InputIndex = error.InputIndex,
            Spaces = error.Spaces,
        },
        OptionsValidationException invalid => new(NativeStatus.BadConfiguration, string.Join('\n', invalid.Failures)),
        OperationCanceledException => new(NativeStatus.Cancelled, "The call was cancelled, or its bridge was destroyed while it ran."),
        OutOfMemoryException => new(NativeStatus.OutOfMemory, "The process has not enough memory for this. Send less at once, or try again later."),
        _ => new(NativeStatus.Internal, $"The library failed: {thrown.Message}"),
    };

    private static NativeStatus StatusOf(BridgeErrorKind kind) => kind switch
    {
        BridgeErrorKind.BadInput => NativeStatus.BadInput,
        BridgeErrorKind.UnknownModel => NativeStatus.UnknownModel,
        BridgeErrorKind.TooLarge => NativeStatus.TooLarge,
        BridgeErrorKind.TooLong => NativeStatus.TooLong,
        BridgeErrorKind.PoisonInput => NativeStatus.PoisonInput,
        BridgeErrorKind.Overloaded => NativeStatus.Overloaded,
        BridgeErrorKind.NoEngine => NativeStatus.NoEngine,
        BridgeErrorKind.OutOfMemory => NativeStatus.OutOfMemory,
        BridgeErrorKind.EngineFault => NativeStatus.EngineFault,
        BridgeErrorKind.DeadlineExceeded => NativeStatus.DeadlineExceeded,
        BridgeErrorKind.BadModel => NativeStatus.BadModel,
        BridgeErrorKind.UnknownToken => NativeStatus.UnknownToken,
        BridgeErrorKind.SpaceMismatch => NativeStatus.SpaceMismatch,
        _ => NativeStatus.Internal,
    };
}
