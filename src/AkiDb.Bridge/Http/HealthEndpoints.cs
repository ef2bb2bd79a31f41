using System.Text.Json;
using AkiDb.Bridge.Configuration;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.Http;

/// <summary><c>/livez</c>, <c>/readyz</c>, and AkiDB's <c>/health</c>.</summary>
internal sealed class HealthEndpoints(IEmbeddingBridge bridge)
{
    /// <summary>The process answers: 200, whatever the engines do.</summary>
    public static Task LiveAsync(HttpContext context) => WriteAsync(context, StatusCodes.Status200OK, writer => writer.WriteString("status", "alive"));

    /// <summary>200 when requests can be answered, 503 when no engine can; the body says which and why.</summary>
    public Task ReadyAsync(HttpContext context)
    {
        var health = bridge.GetHealth();
        return WriteAsync(context, StatusOf(health), writer =>
        {
            writer.WriteString("status", OptionNames.Kebab(health.State.ToString()));
            writer.WriteString("model", bridge.Models[0].Id);
            writer.WriteStartArray("reasons");
            foreach (var reason in health.Reasons)
            {
                writer.WriteStringValue(reason);
            }

            writer.WriteEndArray();
            writer.WriteStartArray("engines");
            foreach (var engine in health.Engines)
            {
                WriteEngine(writer, engine);
            }

            writer.WriteEndArray();
        });
    }

    /// <summary>The shape that AkiDB's own health check has.</summary>
    public Task HealthAsync(HttpContext context)
    {
        var health = bridge.GetHealth();
        var healthy = health.State != BridgeState.Unavailable;
        return WriteAsync(context, StatusOf(health), writer =>
        {
            writer.WriteString("status", healthy ? "healthy" : "unhealthy");
            writer.WriteString("message", healthy ? "Embedding requests are being answered" : string.Join(' ', health.Reasons));
        });
    }

    private static int StatusOf(BridgeHealth health) =>
        health.State == BridgeState.Unavailable ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;

    private static void WriteEngine(Utf8JsonWriter writer, EngineHealth engine)
    {
        writer.WriteStartObject();
        writer.WriteString("name", engine.Name);
        writer.WriteString("state", engine.State);
        if (engine.Pid is { } pid)
        {
            writer.WriteNumber("pid", pid);
        }

        if (engine.Since is { } since)
        {
            writer.WriteString("since", since);
        }

        if (engine.Restarts is { } restarts)
        {
            writer.WriteNumber("restarts", restarts);
        }

        if (engine.Detail is { } detail)
        {
            writer.WriteString("detail", detail);
        }

        writer.WriteEndObject();
    }

    private static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        using (var writer = new Utf8JsonWriter(context.Response.BodyWriter, JsonText.Options))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }
}
