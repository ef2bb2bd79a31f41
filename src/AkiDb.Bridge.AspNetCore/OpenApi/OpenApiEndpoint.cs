using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.OpenApi;

/// <summary><c>GET /openapi/v1.json</c>: all routes, as OpenAPI 3.1. The document is written by hand; tests hold it against the answers.</summary>
internal static class OpenApiEndpoint
{
    private const string Resource = "openapi.v1.json";

    public static async Task HandleAsync(HttpContext context)
    {
        await using var document = typeof(OpenApiEndpoint).Assembly.GetManifestResourceStream(Resource)!;
        context.Response.ContentType = JsonText.ContentType;
        context.Response.ContentLength = document.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await document.CopyToAsync(context.Response.Body, context.RequestAborted).ConfigureAwait(false);
        }
    }
}
