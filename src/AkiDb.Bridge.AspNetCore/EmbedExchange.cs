using System.Globalization;
using AkiDb.Bridge.Admission;
using AkiDb.Bridge.AspNetCore.Access;
using AkiDb.Bridge.Requests;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>What every route does that embeds a body's texts, whoever's clients it serves.</summary>
/// <remarks>
/// 1. Look at the headers.    What is no JSON is refused before a byte of it is read.
/// 2. Read the body.          Into pooled memory, charged to the request's account as it comes.
/// 3. Embed.                  The request's texts are gone when its vectors are there.
/// 4. Write the answer.       In pieces, as fast as the caller reads them; then the account is closed.
/// </remarks>
internal sealed class EmbedExchange(IEmbeddingBridge bridge, ResourceLedger ledger, BodyReader bodies, TimeProvider time)
{
    /// <summary>The route of a face.</summary>
    public RequestDelegate Of(EmbedFace face) => context => HandleAsync(context, face);

    private async Task HandleAsync(HttpContext context, EmbedFace face)
    {
        face.CheckContent(context.Request);
        BodyReader.TakeLimit(context);
        using var account = CallerIdentity.Of(context).Open(ledger);
        if (account.TryCharge(SharedResource.AnswerBytes, ResponseBody.Bytes) is { } full)
        {
            throw new BridgeException(full);
        }

        var started = time.GetTimestamp();
        var (call, bytes) = await bodies.ReadAsync(context, account, body => face.Read(context.Request, body)).ConfigureAwait(false);
        var result = await EmbedAsync(context, face, call, account, started).ConfigureAwait(false);
        account.GiveBack(SharedResource.BodyBytes, bytes);
        if (result is not null)
        {
            SpaceHeader.Set(context.Response, result.Space);
            context.Response.Headers["Server-Timing"] = string.Create(
                CultureInfo.InvariantCulture, $"compute;dur={result.Compute.TotalMilliseconds:F3}, bridge;dur={result.Duration.TotalMilliseconds:F3}");
        }

        await call.AnswerAsync(context, result).ConfigureAwait(false);
    }

    private async Task<EmbeddingResult?> EmbedAsync(HttpContext context, EmbedFace face, EmbedCall call, RequestAccount account, long started)
    {
        if (call.Request is not { } request)
        {
            return null;
        }

        request = SpaceHeader.Apply(context.Request, TimeoutHeader.Apply(context.Request, request with { Caller = account.Caller, HidesModel = face.HidesModel }));
        request = AfterArrival(request, time.GetElapsedTime(started));
        try
        {
            // An application may have put a bridge of its own before ours.
            return await (bridge is EmbeddingBridge own ? own.EmbedAsync(request, account, context.RequestAborted) : bridge.EmbedAsync(request, context.RequestAborted))
                .ConfigureAwait(false);
        }
        catch (BridgeException error)
        {
            throw await call.ExplainAsync(error, context.RequestAborted).ConfigureAwait(false);
        }
    }

    // The caller's time began when it sent the first byte.
    private static EmbeddingRequest AfterArrival(EmbeddingRequest request, TimeSpan elapsed) => request.Timeout switch
    {
        null => request,
        { } timeout when timeout > elapsed => request with { Timeout = timeout - elapsed },
        { } timeout when timeout > TimeSpan.Zero => throw new BridgeException(
            BridgeErrorKind.DeadlineExceeded, "The request's time was over before all of it had arrived. Send less at once, or allow it more time."),
        _ => request,
    };
}
