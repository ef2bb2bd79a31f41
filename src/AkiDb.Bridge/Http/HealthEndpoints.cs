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
            WriteModel(writer, bridge.Models[0].Id, health.State, health.Reasons);
            writer.WriteStartArray("engines");
            foreach (var engine in health.Engines)
            {
                WriteEngine(writer, engine);
            }

            writer.WriteEndArray();
            WriteOthers(writer, health);
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
            WriteOthers(writer, health);
        });
    }

    private static int StatusOf(BridgeHealth health) =>
        health.State == BridgeState.Unavailable ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;

    // Whoever sends requests by this answer sends those to the default model: another one that is ill does not make it less ready.
    private static void WriteOthers(Utf8JsonWriter writer, BridgeHealth health)
    {
        writer.WriteStartArray("models");
        foreach (var model in health.Models)
        {
            writer.WriteStartObject();
            WriteModel(writer, model.Model, model.State, model.Reasons);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteModel(Utf8JsonWriter writer, string model, BridgeState state, IReadOnlyList<string> reasons)
    {
        writer.WriteString("status", OptionNames.Kebab(state.ToString()));
        writer.WriteString("model", model);
        writer.WriteStartArray("reasons");
        foreach (var reason in reasons)
        {
            writer.WriteStringValue(reason);
        }

        writer.WriteEndArray();
    }

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
