namespace AkiDb.Bridge.AspNetCore;

/// <summary>The words that programs read in the member <c>code</c> of an error. They never change.</summary>
internal static class ProblemCodes
{
    public const string BadInput = "bad_input";
    public const string BadModel = "bad_model";
    public const string BadRequest = "bad_request";
    public const string DeadlineExceeded = "deadline_exceeded";
    public const string EngineFault = "engine_fault";
    public const string ForbiddenHost = "forbidden_host";
    public const string ForbiddenOrigin = "forbidden_origin";
    public const string ForbiddenScope = "forbidden_scope";
    public const string Internal = "internal";
    public const string MethodNotAllowed = "method_not_allowed";
    public const string NoEngine = "no_engine";
    public const string NotFound = "not_found";
    public const string OutOfMemory = "out_of_memory";
    public const string Overloaded = "overloaded";
    public const string PoisonInput = "poison_input";
    public const string RequestTimeout = "request_timeout";
    public const string SpaceMismatch = "space_mismatch";
    public const string Stopping = "stopping";
    public const string TooLarge = "too_large";
    public const string TooLong = "too_long";
    public const string TooManyConnections = "too_many_connections";
    public const string Unauthorized = "unauthorized";
    public const string UnknownModel = "unknown_model";
    public const string UnknownToken = "unknown_token";
    public const string UnknownWorker = "unknown_worker";
    public const string UnsupportedMediaType = "unsupported_media_type";

    /// <summary>The word for an error of the bridge.</summary>
    public static string Of(BridgeErrorKind kind) => kind switch
    {
        BridgeErrorKind.BadInput => BadInput,
        BridgeErrorKind.UnknownModel => UnknownModel,
        BridgeErrorKind.TooLarge => TooLarge,
        BridgeErrorKind.TooLong => TooLong,
        BridgeErrorKind.PoisonInput => PoisonInput,
        BridgeErrorKind.Overloaded => Overloaded,
        BridgeErrorKind.NoEngine => NoEngine,
        BridgeErrorKind.OutOfMemory => OutOfMemory,
        BridgeErrorKind.EngineFault => EngineFault,
        BridgeErrorKind.DeadlineExceeded => DeadlineExceeded,
        BridgeErrorKind.BadModel => BadModel,
        BridgeErrorKind.UnknownToken => UnknownToken,
        BridgeErrorKind.SpaceMismatch => SpaceMismatch,
        _ => Internal,
    };
}
