using System.Text.Json;
using System.Text.Json.Serialization;
using AkiDb.Bridge.Configuration;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.Http;

/// <summary><c>GET /api/v1/models</c>.</summary>
internal sealed class ModelsEndpoint(IEmbeddingBridge bridge)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public Task HandleAsync(HttpContext context)
    {
        var models = bridge.Models.Select((model, index) => new
        {
            model.Id,
            State = OptionNames.Kebab(model.State.ToString()),
            model.Dimension,
            model.MaxTokens,
            model.Pooling,
            model.Prompts,
            Default = index == 0,
            model.Fallback,
            Space = model.Space?.ToString(),
            SpaceMembers = model.Space,
        });
        return context.Response.WriteAsJsonAsync(new { models }, Json, context.RequestAborted);
    }
}
