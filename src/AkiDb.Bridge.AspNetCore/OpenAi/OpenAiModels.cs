using System.Text.Json;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Requests;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.OpenAi;

/// <summary><c>GET /v1/models</c> and <c>GET /v1/models/{id}</c>.</summary>
/// <param name="bridge">Knows the models by all of their names.</param>
/// <param name="created">When the host was started, which is all that is known of their age.</param>
internal sealed class OpenAiModels(EmbeddingBridge bridge, DateTimeOffset created)
{
    private const string Owner = "akidb-bridge";

    public Task ListAsync(HttpContext context) => JsonText.AnswerAsync(
        context,
        StatusCodes.Status200OK,
        writer =>
        {
            writer.WriteString("object", "list");
            writer.WriteStartArray("data");
            foreach (var model in bridge.GetStatus().Models)
            {
                writer.WriteStartObject();
                WriteModel(writer, model);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        },
        OpenAiError.ContentType);

    public Task FindAsync(HttpContext context)
    {
        // Clients encode the slash within a name, and routing leaves it so.
        var name = Uri.UnescapeDataString((string?)context.Request.RouteValues["id"] ?? "");
        var model = bridge.FindModel(name);
        return JsonText.AnswerAsync(context, StatusCodes.Status200OK, writer => WriteModel(writer, model), OpenAiError.ContentType);
    }

    private void WriteModel(Utf8JsonWriter writer, ModelStatus model)
    {
        writer.WriteString("id", model.Model);
        writer.WriteString("object", "model");
        writer.WriteNumber("created", created.ToUnixTimeSeconds());
        writer.WriteString("owned_by", Owner);
    }
}
