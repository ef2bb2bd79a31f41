using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Status = Google.Rpc.Status;

namespace AkiDb.Bridge.AspNetCore.Grpc;

/// <summary>A problem as gRPC's clients get it: status code and sentence, and in the details its word, and when to try again.</summary>
internal static class GrpcProblem
{
    public const string StatusTrailer = "grpc-status";

    private const string Domain = "akidb-bridge";
    private const string DetailsTrailer = "grpc-status-details-bin";
    private const string MessageTrailer = "grpc-message";
    private const string RetryAfterTrailer = "retry-after";
    private const string PushbackTrailer = "grpc-retry-pushback-ms";
    private const string ContentType = "application/grpc";

    /// <summary>What a call is ended with.</summary>
    public static RpcException ToException(HttpContext context, Problem problem)
    {
        var status = ToStatus(context, problem);
        var trailers = new Metadata { { DetailsTrailer, status.ToByteArray() } };
        foreach (var (name, value) in RetryTrailers(problem))
        {
            trailers.Add(name, value);
        }

        return new RpcException(new global::Grpc.Core.Status((StatusCode)status.Code, status.Message), trailers);
    }

    /// <summary>Answers a request that gRPC's own code has not seen: a <see cref="ProblemShape"/>.</summary>
    public static async Task WriteAsync(HttpContext context, Problem problem)
    {
        var status = ToStatus(context, problem);
        var response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = ContentType;
        response.Headers[StatusTrailer] = status.Code.ToString(CultureInfo.InvariantCulture);
        response.Headers[MessageTrailer] = Uri.EscapeDataString(status.Message);
        response.Headers[DetailsTrailer] = Convert.ToBase64String(status.ToByteArray());
        foreach (var (name, value) in RetryTrailers(problem))
        {
            response.Headers[name] = value;
        }

        await response.CompleteAsync().ConfigureAwait(false);
    }

    private static Status ToStatus(HttpContext context, Problem problem)
    {
        var info = new ErrorInfo { Reason = problem.Code.ToUpperInvariant(), Domain = Domain };
        if (problem.InputIndex is { } index)
        {
            info.Metadata.Add("input", index.ToString(CultureInfo.InvariantCulture));
        }

        var status = new Status { Code = (int)GrpcStatusTable.StatusOf(problem), Message = ProblemHeaders.Sentence(context, problem) };
        status.Details.Add(Any.Pack(info));
        if (problem.RetryAfter is { } delay)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(delay) }));
        }

        return status;
    }

    // The second is what gRPC's own retries obey.
    private static IEnumerable<(string Name, string Value)> RetryTrailers(Problem problem) => problem.RetryAfter is not { } delay
        ? []
        : [
            (RetryAfterTrailer, Math.Max(1, (long)Math.Ceiling(delay.TotalSeconds)).ToString(CultureInfo.InvariantCulture)),
            (PushbackTrailer, Math.Max(1, (long)Math.Ceiling(delay.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture)),
        ];
}
