using AkiDb.Bridge.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge;

/// <summary>Puts the bridge's HTTP routes into a web application.</summary>
public static class BridgeEndpointRouteBuilderExtensions
{
    /// <summary>Maps <c>POST /api/v1/embed</c>, <c>GET /api/v1/models</c>, <c>/livez</c>, <c>/readyz</c> and <c>/health</c>.</summary>
    /// <param name="endpoints">The application; <c>AddAkiDbBridge()</c> must have been called on its services.</param>
    public static IEndpointRouteBuilder MapAkiDbBridge(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        var bridge = services.GetRequiredService<IEmbeddingBridge>();
        var embed = ActivatorUtilities.CreateInstance<EmbedEndpoint>(services, bridge, services.GetRequiredService<IOptions<BridgeOptions>>().Value);
        var health = new HealthEndpoints(bridge);
        endpoints.MapPost("/api/v1/embed", (RequestDelegate)embed.HandleAsync);
        endpoints.MapGet("/api/v1/models", (RequestDelegate)new ModelsEndpoint(bridge).HandleAsync);
        endpoints.MapGet("/livez", (RequestDelegate)HealthEndpoints.LiveAsync);
        endpoints.MapGet("/readyz", (RequestDelegate)health.ReadyAsync);
        endpoints.MapGet("/health", (RequestDelegate)health.HealthAsync);
        return endpoints;
    }
}
