using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Tei;

/// <summary><c>GET /info</c>: the default model, and what a client may send at once.</summary>
/// <param name="bridge">Knows the model.</param>
/// <param name="options">The limits of requests.</param>
/// <param name="http">The limits of connections.</param>
internal sealed class TeiInfo(IBridgeAdministration bridge, BridgeOptions options, HttpOptions http)
{
    // Whose conventions these routes keep: clients compare it with what they need.
    private const string Version = "1.9.3";

    public Task HandleAsync(HttpContext context)
    {
        var model = bridge.GetStatus().Default;
        return JsonText.AnswerAsync(
            context,
            StatusCodes.Status200OK,
            writer =>
            {
                writer.WriteString("model_id", model.Model);
                writer.WriteString("model_sha", model.Facts?.Space?.Revision);
                writer.WriteString("model_dtype", model.Facts?.Space?.Precision ?? "float32");
                writer.WriteString("served_model_name", model.Model);
                writer.WriteStartObject("model_type");
                writer.WriteStartObject("embedding");
                writer.WriteString("pooling", model.Facts?.Pooling ?? "");
                writer.WriteEndObject();
                writer.WriteEndObject();
                writer.WriteNumber("max_concurrent_requests", http.MaxConnections);
                writer.WriteNumber("max_input_length", model.Facts?.MaxTokens ?? 0);
                writer.WriteNumber("max_batch_tokens", options.Admission.MaxTokens);
                writer.WriteNull("max_batch_requests");
                writer.WriteNumber("max_client_batch_size", options.Admission.MaxInputs);
                writer.WriteBoolean("auto_truncate", true);
                writer.WriteNumber("tokenization_workers", Environment.ProcessorCount);
                writer.WriteString("version", Version);
                writer.WriteNull("sha");
                writer.WriteNull("docker_label");
            },
            TeiError.ContentType);
    }
}
