using AkiDb.Bridge.Diagnostics;
using Grpc.Core;
using Grpc.Health.V1;
using HealthProtocol = Grpc.Health.V1.Health;

namespace AkiDb.Bridge.AspNetCore.Grpc;

/// <summary><c>grpc.health.v1.Health</c>: each service here is as ready as the default model (<c>/readyz</c>).</summary>
/// <param name="administration">Knows how the default model is.</param>
/// <param name="drain">When the host stops, nothing is ready any more.</param>
/// <param name="time">The clock.</param>
internal sealed class HealthGrpcService(IBridgeAdministration administration, ServerDrain drain, TimeProvider time) : HealthProtocol.HealthBase
{
    // Watching needs no key and never ends: so many may, and each of them looks four times a second.
    private const int MostWatchers = 64;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(250);

    // The empty name means the server as a whole.
    private static readonly string[] Services = ["", Akidb.Embedding.V1.EmbeddingService.Descriptor.FullName, HealthProtocol.Descriptor.FullName];

    private int watchers;

    /// <inheritdoc/>
    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        GrpcCall.HasMessage(context);
        return Services.Contains(request.Service)
            ? Task.FromResult(new HealthCheckResponse { Status = Now })
            : throw new RpcException(new Status(StatusCode.NotFound, $"There is no service '{ForeignText.Shorten(request.Service)}' here."));
    }

    /// <summary>Says how it is, and again whenever that changes, until the caller leaves or the host stops.</summary>
    public override async Task Watch(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        GrpcCall.HasMessage(context);
        try
        {
            if (Interlocked.Increment(ref watchers) > MostWatchers)
            {
                throw new RpcException(new Status(StatusCode.ResourceExhausted, $"{MostWatchers} callers watch already. Ask with Check now and then."));
            }

            await FollowAsync(request, responseStream, context).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref watchers);
        }
    }

    private async Task FollowAsync(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, drain.Stopping);
        using var timer = new PeriodicTimer(BetweenLooks, time);
        HealthCheckResponse.Types.ServingStatus? said = null;
        try
        {
            do
            {
                var now = Services.Contains(request.Service) ? Now : HealthCheckResponse.Types.ServingStatus.ServiceUnknown;
                if (now != said)
                {
                    await responseStream.WriteAsync(new HealthCheckResponse { Status = now }, context.CancellationToken).ConfigureAwait(false);
                    said = now;
                }
            }
            while (await timer.WaitForNextTickAsync(end.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            await responseStream.WriteAsync(new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.NotServing }, context.CancellationToken).ConfigureAwait(false);
        }
    }

    private HealthCheckResponse.Types.ServingStatus Now =>
        drain.HasBegun || administration.GetStatus().Default.State is BridgeState.Unavailable or BridgeState.Failed
            ? HealthCheckResponse.Types.ServingStatus.NotServing
            : HealthCheckResponse.Types.ServingStatus.Serving;
}
