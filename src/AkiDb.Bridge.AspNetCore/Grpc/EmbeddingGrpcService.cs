using Akidb.Embedding.V1;
using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Requests;
using Grpc.Core;

namespace AkiDb.Bridge.AspNetCore.Grpc;

/// <summary>AkiDB's <c>akidb.embedding.v1.EmbeddingService</c>, on the same pipeline as the HTTP routes.</summary>
/// <param name="bridge">What embeds.</param>
/// <param name="administration">Knows the default model.</param>
/// <param name="problems">Names what went wrong.</param>
/// <param name="time">The clock.</param>
internal sealed class EmbeddingGrpcService(IEmbeddingBridge bridge, IBridgeAdministration administration, GrpcFailures problems, TimeProvider time)
    : EmbeddingService.EmbeddingServiceBase
{
    /// <inheritdoc/>
    public override Task<EmbedResponse> Embed(EmbedRequest request, ServerCallContext context) => problems.GuardAsync(context, async http =>
    {
        var account = http.Features.Get<RequestAccount>()!;
        var embedding = new EmbeddingRequest
        {
            Inputs = request.Texts,
            Model = NullIfEmpty(request.Model),
            Pooling = NullIfEmpty(request.Pooling),
            Normalize = request.HasNormalize ? request.Normalize : null,
            Caller = account.Caller,
            Timeout = TimeoutOf(context),
        };
        embedding = SpaceHeader.Apply(http.Request, TimeoutHeader.Apply(http.Request, embedding));

        // An application may have put a bridge of its own before ours.
        var result = await (bridge is EmbeddingBridge own ? own.EmbedAsync(embedding, account, context.CancellationToken) : bridge.EmbedAsync(embedding, context.CancellationToken))
            .ConfigureAwait(false);

        // The vectors once more, as a message, and that message as the bytes that wait to be sent.
        if (account.TryCharge(SharedResource.AnswerBytes, 2L * result.Vectors.Count * result.Space.Dimensions * sizeof(float)) is { } full)
        {
            throw new BridgeException(full);
        }

        SpaceHeader.Set(http.Response, result.Space);
        return ToResponse(result);
    });

    /// <inheritdoc/>
    public override Task<GetModelInfoResponse> GetModelInfo(GetModelInfoRequest request, ServerCallContext context) => problems.GuardAsync(context, _ =>
    {
        var model = administration.GetStatus().Default;
        return model.Facts is { } facts
            ? Task.FromResult(new GetModelInfoResponse { Model = model.Model, Dimension = (uint)facts.Dimension, MaxTokens = (ulong)facts.MaxTokens })
            : throw new BridgeException(new BridgeError(BridgeErrorKind.NoEngine, string.Join(' ', model.Reasons)));
    });

    private static EmbedResponse ToResponse(EmbeddingResult result)
    {
        var response = new EmbedResponse
        {
            Model = result.Model,
            Dimension = (uint)result.Space.Dimensions,
            Usage = new UsageInfo { TotalTokens = (ulong)result.TotalTokens, DurationMs = (ulong)result.Duration.TotalMilliseconds },
        };
        foreach (var vector in result.Vectors)
        {
            var embedding = new Akidb.Embedding.V1.Embedding();
            embedding.Values.Capacity = vector.Length;
            foreach (var component in vector.Span)
            {
                embedding.Values.Add(component);
            }

            response.Embeddings.Add(embedding);
        }

        return response;
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    // A deadline that is further away than a request may take is none.
    private TimeSpan? TimeoutOf(ServerCallContext context)
    {
        if (context.Deadline == DateTime.MaxValue)
        {
            return null;
        }

        var left = context.Deadline - time.GetUtcNow().UtcDateTime;
        return left > RequestValidator.LongestTimeout ? RequestValidator.LongestTimeout
            : left > TimeSpan.Zero ? left
            : throw new BridgeException(new BridgeError(BridgeErrorKind.DeadlineExceeded, "The request's deadline had passed before all of it had arrived."));
    }
}
