using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.AspNetCore.Grpc;

/// <summary>Ends calls that cannot be answered, with what is known of the reason.</summary>
internal sealed class GrpcFailures(ILogger<GrpcFailures> logger)
{
    /// <summary>Runs a call's own work.</summary>
    /// <exception cref="RpcException">It cannot be answered.</exception>
    public async Task<T> GuardAsync<T>(ServerCallContext context, Func<HttpContext, Task<T>> work)
    {
        GrpcCall.HasMessage(context);
        var http = context.GetHttpContext();
        try
        {
            return await work(http).ConfigureAwait(false);
        }
        catch (BridgeException error)
        {
            Log.RequestFailed(logger, error.Error.Kind, error.Message);
            throw GrpcProblem.ToException(http, Problem.Of(error.Error));
        }
        catch (Exception error) when (error is not RpcException && !context.CancellationToken.IsCancellationRequested)
        {
            Log.RequestFaulted(logger, error);
            throw GrpcProblem.ToException(http, Problem.Internal);
        }
    }
}
