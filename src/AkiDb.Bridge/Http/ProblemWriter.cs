using System.Buffers;
using System.Globalization;
using System.Text.Json;
using AkiDb.Bridge.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace AkiDb.Bridge.Http;

/// <summary>Writes errors as <c>application/problem+json</c> (RFC 9457).</summary>
internal static class ProblemWriter
{
    public static Task WriteAsync(HttpContext context, BridgeError error)
    {
        if (error.RetryAfter is { } delay)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(delay.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        return WriteAsync(context, StatusCodeTable.StatusOf(error.Kind), OptionNames.Kebab(error.Kind.ToString()).Replace('-', '_'), error.Message, error.InputIndex);
    }

    public static Task WriteAsync(HttpContext context, int status, string code, string detail, int? input = null)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        return ResponseBody.SendAsync(context.Response, (status, code, detail, input), Write, context.RequestAborted);
    }

    private static void Write(IBufferWriter<byte> output, (int Status, string Code, string Detail, int? Input) problem)
    {
        using var writer = new Utf8JsonWriter(output, JsonText.Options);
        writer.WriteStartObject();
        writer.WriteString("type", "about:blank");
        writer.WriteString("title", ReasonPhrases.GetReasonPhrase(problem.Status));
        writer.WriteNumber("status", problem.Status);
        writer.WriteString("detail", problem.Detail);
        writer.WriteString("code", problem.Code);
        if (problem.Input is { } index)
        {
            writer.WriteNumber("input", index);
        }

        writer.WriteEndObject();
    }
}
