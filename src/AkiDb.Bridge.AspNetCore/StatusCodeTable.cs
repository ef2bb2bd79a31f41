using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>The one table from error to HTTP status.</summary>
internal static class StatusCodeTable
{
    public static int StatusOf(BridgeErrorKind kind) => kind switch
    {
        BridgeErrorKind.BadInput or BridgeErrorKind.UnknownToken => StatusCodes.Status400BadRequest,
        BridgeErrorKind.UnknownModel => StatusCodes.Status404NotFound,
        BridgeErrorKind.SpaceMismatch => StatusCodes.Status409Conflict,
        BridgeErrorKind.TooLarge => StatusCodes.Status413PayloadTooLarge,
        BridgeErrorKind.TooLong or BridgeErrorKind.PoisonInput => StatusCodes.Status422UnprocessableEntity,
        BridgeErrorKind.Overloaded => StatusCodes.Status429TooManyRequests,
        BridgeErrorKind.NoEngine or BridgeErrorKind.BadModel => StatusCodes.Status503ServiceUnavailable,
        BridgeErrorKind.DeadlineExceeded => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status500InternalServerError,
    };
}
