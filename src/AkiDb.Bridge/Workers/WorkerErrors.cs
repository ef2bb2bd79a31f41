using AkiDb.Bridge.Protocol;

namespace AkiDb.Bridge.Workers;

/// <summary>What a worker's typed error means to the bridge.</summary>
internal static class WorkerErrors
{
    public static BridgeError ToBridgeError(ErrorMessage error) => new(KindOf(error.Kind), error.Message) { InputIndex = error.Input };

    private static BridgeErrorKind KindOf(string kind) => kind switch
    {
        ErrorKinds.OutOfMemory => BridgeErrorKind.OutOfMemory,
        ErrorKinds.Deadline or ErrorKinds.Cancelled => BridgeErrorKind.DeadlineExceeded,
        ErrorKinds.BadModel or ErrorKinds.MissingLibrary => BridgeErrorKind.BadModel,

        // The host tokenises and checks every limit itself: a worker that calls a batch bad is the one that is wrong.
        _ => BridgeErrorKind.EngineFault,
    };
}
