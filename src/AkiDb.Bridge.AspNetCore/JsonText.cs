using System.Text.Json;
using AkiDb.Bridge.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>How this room answers with JSON.</summary>
internal static class JsonText
{
    public const string ContentType = "application/json; charset=utf-8";

    /// <summary>Answers with one object.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="write">Writes the object's members.</param>
    /// <param name="contentType">The content type.</param>
    public static async Task AnswerAsync(HttpContext context, int status, Action<Utf8JsonWriter> write, string contentType = ContentType)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        using var body = new ResponseBody(context.Response);
        using (var writer = new Utf8JsonWriter(body, JsonFormat.Options))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        await body.CompleteAsync(context.RequestAborted).ConfigureAwait(false);
    }
}
