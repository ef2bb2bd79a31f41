using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Grpc;

/// <summary>The one table from a problem to gRPC's status code. HTTP has fewer: where one of its numbers means several things, the problem's word tells them apart.</summary>
internal static class GrpcStatusTable
{
    public static StatusCode StatusOf(Problem problem) => (problem.Code, problem.Status) switch
    {
        // What would not help to try again, as nothing but somebody's hand will change it.
        (ProblemCodes.BadModel, _) => StatusCode.FailedPrecondition,
        (ProblemCodes.SpaceMismatch, _) => StatusCode.FailedPrecondition,
        (_, StatusCodes.Status401Unauthorized) => StatusCode.Unauthenticated,
        (_, StatusCodes.Status403Forbidden) => StatusCode.PermissionDenied,
        (_, StatusCodes.Status404NotFound) => StatusCode.NotFound,
        (_, StatusCodes.Status429TooManyRequests) => StatusCode.ResourceExhausted,
        (_, StatusCodes.Status499ClientClosedRequest) => StatusCode.Cancelled,
        (_, StatusCodes.Status503ServiceUnavailable) => StatusCode.Unavailable,
        (_, StatusCodes.Status504GatewayTimeout or StatusCodes.Status408RequestTimeout) => StatusCode.DeadlineExceeded,
        (_, >= StatusCodes.Status400BadRequest and < StatusCodes.Status500InternalServerError) => StatusCode.InvalidArgument,
        _ => StatusCode.Internal,
    };
}
