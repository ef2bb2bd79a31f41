using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace AkiDb.Bridge.Http;

/// <summary><c>POST /api/v1/embed</c>.</summary>
internal sealed class EmbedEndpoint(IEmbeddingBridge bridge, BridgeOptions options, ILogger<EmbedEndpoint> logger)
{
    private const int InlineBytes = 64 * 1024;
    private const string MessagePackType = "application/x-msgpack";

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            if (!context.Request.HasJsonContentType() && context.Request.ContentType is { } type)
            {
                await ProblemWriter.WriteAsync(
                    context, StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", $"The content type is '{type}'; send application/json.").ConfigureAwait(false);
                return;
            }

            var body = await RequestBody.ReadAsync(context.Request, options.Http.MaxBodyBytes, context.RequestAborted).ConfigureAwait(false);
            if (body.Length > InlineBytes)
            {
                // Reading and tokenising it takes a while, and this thread is the connection's.
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            }

            var (request, encoding) = EmbedRequestReader.Read(body);
            request = TimeoutHeader.Apply(context.Request, request);
            var result = await bridge.EmbedAsync(request, context.RequestAborted).ConfigureAwait(false);
            encoding = WantsMessagePack(context.Request) ? VectorEncoding.MessagePack : encoding;
            context.Response.ContentType = encoding == VectorEncoding.MessagePack ? MessagePackType : "application/json; charset=utf-8";
            context.Response.Headers["Server-Timing"] = string.Create(
                CultureInfo.InvariantCulture, $"compute;dur={result.Compute.TotalMilliseconds:F3}, bridge;dur={result.Duration.TotalMilliseconds:F3}");
            await ResponseBody.SendAsync(
                context.Response, (result, encoding), static (output, state) => EmbedResponseWriter.Write(output, state.result, state.encoding), context.RequestAborted).ConfigureAwait(false);
        }
        catch (BridgeException error)
        {
            Log.RequestFailed(logger, error.Error.Kind, error.Message);
            await ProblemWriter.WriteAsync(context, error.Error).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            Log.CallerGone(logger);
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        catch (BadHttpRequestException error)
        {
            await ProblemWriter.WriteAsync(context, error.StatusCode, "bad_request", error.Message).ConfigureAwait(false);
        }
    }

    private static bool WantsMessagePack(HttpRequest request) => MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted)
        && accepted.Any(type => type.MediaType.Equals(MessagePackType, StringComparison.OrdinalIgnoreCase)
            || type.MediaType.Equals("application/msgpack", StringComparison.OrdinalIgnoreCase));
}
