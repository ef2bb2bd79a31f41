using AkiDb.Bridge.Admission;
using AkiDb.Bridge.AspNetCore.Access;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Net.Http.Headers;

namespace AkiDb.Bridge.AspNetCore.Streaming;

/// <summary><c>POST /api/v1/embed/stream</c>: texts without end over one connection, and their vectors in the same order.</summary>
/// <param name="bridge">Embeds.</param>
/// <param name="models">Knows the models by all of their names.</param>
/// <param name="ledger">What everybody takes up.</param>
/// <param name="options">The longest line.</param>
/// <param name="lineTimeout">A line's time, unless the query says so.</param>
/// <param name="drain">Says when the host stops.</param>
/// <param name="time">The clock.</param>
internal sealed class StreamEndpoint(
    IEmbeddingBridge bridge, EmbeddingBridge models, ResourceLedger ledger, HttpOptions options, TimeSpan lineTimeout, ServerDrain drain, TimeProvider time)
{
    // Who neither sends nor reads for so long only holds what others need. There is no least rate: it may be a person who types.
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(2);

    private static readonly string[] JsonTypes = ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/json"];
    private static readonly string[] MessagePackTypes = ["application/x-msgpack", "application/msgpack"];

    public async Task HandleAsync(HttpContext context)
    {
        RequestContent.ExpectPlainBody(context.Request);
        var settings = StreamSettings.Read(context.Request);
        var format = FormatOf(context.Request, settings.InBase64);
        BodyReader.TakeLimit(context);
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } input)
        {
            input.MinDataRate = null;
        }

        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } output)
        {
            output.MinDataRate = null;
        }

        var caller = CallerIdentity.Of(context);
        using var account = caller.Open(ledger);
        if (account.TryCharge(SharedResource.AnswerBytes, ResponseBody.Bytes) is { } full)
        {
            throw new BridgeException(full);
        }

        var embedder = new BatchEmbedder(bridge, ledger, caller, settings.Request, settings.Request.Timeout ?? lineTimeout, time);
        var limits = new StreamLimits(options.MaxBodyBytes, Idle, () => ExpectedSpace(settings.Request));
        using var session = new StreamSession(context, format, embedder, limits, time);
        await session.RunAsync(account, drain.Stopping).ConfigureAwait(false);
    }

    // What a prompt's name stands for only the answers say.
    private EmbeddingSpace? ExpectedSpace(EmbeddingRequest request) => request.PromptName is null && models.FindModel(request.Model).Facts?.Space is { } space
        ? space with { Dimensions = request.Dimensions ?? space.Dimensions, Normalized = request.Normalize ?? space.Normalized, Prompt = request.Prompt ?? space.Prompt }
        : null;

    private static StreamFormat FormatOf(HttpRequest request, bool inBase64)
    {
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.ToString() : "";
        if (JsonTypes.Contains(type, StringComparer.OrdinalIgnoreCase))
        {
            RequestContent.ExpectUtf8(parsed!);
            return new JsonLines(inBase64);
        }

        return type switch
        {
            _ when MessagePackTypes.Contains(type, StringComparer.OrdinalIgnoreCase) => new MessagePackLines(),
            _ => throw new ProblemException(new Problem(
                StatusCodes.Status415UnsupportedMediaType,
                ProblemCodes.UnsupportedMediaType,
                $"The content type is '{ForeignText.Shorten(request.ContentType ?? "")}'; send application/x-ndjson, one JSON text a line, or application/x-msgpack.")),
        };
    }
}
