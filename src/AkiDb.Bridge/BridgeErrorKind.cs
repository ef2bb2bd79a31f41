namespace AkiDb.Bridge;

/// <summary>Every way in which a request can fail: a closed list.</summary>
public enum BridgeErrorKind
{
    /// <summary>The request itself is wrong: a member's type, an option the model does not have. HTTP 400.</summary>
    BadInput,

    /// <summary>No such model is served here. HTTP 404.</summary>
    UnknownModel,

    /// <summary>The request is over one of the limits of inputs, characters or bytes. HTTP 413.</summary>
    TooLarge,

    /// <summary>An input has more tokens than the model takes, and the caller asked not to truncate. HTTP 422.</summary>
    TooLong,

    /// <summary>An input that kills workers. HTTP 422.</summary>
    PoisonInput,

    /// <summary>The bridge is full; try again later. HTTP 429.</summary>
    Overloaded,

    /// <summary>No engine can answer for this embedding space now. HTTP 503.</summary>
    NoEngine,

    /// <summary>An engine, or the host itself, ran out of memory on this work; less at a time may pass. HTTP 500 when nothing else could answer.</summary>
    OutOfMemory,

    /// <summary>An engine failed, died or answered nonsense. HTTP 500 when nothing else could answer.</summary>
    EngineFault,

    /// <summary>The request's deadline has passed. HTTP 504.</summary>
    DeadlineExceeded,

    /// <summary>The model folder cannot be served: missing, damaged, or something in it is not understood. HTTP 503.</summary>
    BadModel,

    /// <summary>The bridge itself failed, and nothing is known to be wrong with the request; the log has the exception. HTTP 500.</summary>
    Internal,

    /// <summary>A token id that the model's vocabulary does not have. HTTP 400.</summary>
    UnknownToken,

    /// <summary>The answer would be in another embedding space than the caller demands. HTTP 409.</summary>
    SpaceMismatch,
}
