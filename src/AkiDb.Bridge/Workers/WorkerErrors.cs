using AkiDb.Bridge.Protocol;

namespace AkiDb.Bridge.Workers;

/// <summary>What a worker's typed error means to the bridge.</summary>
internal static class WorkerErrors
{
    /// <summary>Why a model could not be loaded.</summary>
    public static BridgeError OfLoad(ErrorMessage error) => new(
        error.Kind switch
        {
            ErrorKinds.OutOfMemory => BridgeErrorKind.OutOfMemory,
            ErrorKinds.BadModel or ErrorKinds.MissingLibrary => BridgeErrorKind.BadModel,
            _ => BridgeErrorKind.EngineFault,
        },
        error.Message);

    /// <summary>Why a batch was not computed: always something that another engine may do better.</summary>
    /// <remarks>
    /// The host tokenises, checks every limit and keeps the deadline itself. A worker that calls a batch bad, late or cancelled while the host
    /// still waits for it is the one that is wrong.
    /// </remarks>
    public static BridgeError OfBatch(ErrorMessage error) => new(
        error.Kind == ErrorKinds.OutOfMemory ? BridgeErrorKind.OutOfMemory : BridgeErrorKind.EngineFault, error.Message)
    {
        InputIndex = error.Input,
    };
}
