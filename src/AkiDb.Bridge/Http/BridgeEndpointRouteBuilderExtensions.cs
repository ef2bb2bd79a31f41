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
    /// <summary>
    /// Maps <c>POST /api/v1/embed</c>, <c>GET /api/v1/models</c>, <c>GET /api/v1/status</c>, <c>POST /api/v1/workers/{slot}/restart</c> (with <c>?model=</c>
    /// for another than the default model), <c>/livez</c>, <c>/readyz</c> and <c>/health</c>.
    /// </summary>
    /// <param name="endpoints">The application; <c>AddAkiDbBridge()</c> must have been called on its services.</param>
    public static IEndpointRouteBuilder MapAkiDbBridge(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        var bridge = services.GetRequiredService<IEmbeddingBridge>();
        var embed = ActivatorUtilities.CreateInstance<EmbedEndpoint>(services, bridge, services.GetRequiredService<IOptions<BridgeOptions>>().Value);
        var health = new HealthEndpoints(bridge);
        var status = new StatusEndpoint(bridge);
        Map(endpoints, HttpMethods.Post, "/api/v1/embed", embed.HandleAsync);
        Map(endpoints, HttpMethods.Get, "/api/v1/models", new ModelsEndpoint(bridge).HandleAsync);
        Map(endpoints, HttpMethods.Get, "/api/v1/status", status.StatusAsync);
        Map(endpoints, HttpMethods.Post, "/api/v1/workers/{slot}/restart", status.RestartAsync);
        Map(endpoints, HttpMethods.Get, "/livez", HealthEndpoints.LiveAsync);
        Map(endpoints, HttpMethods.Get, "/readyz", health.ReadyAsync);
        Map(endpoints, HttpMethods.Get, "/health", health.HealthAsync);
        return endpoints;
    }

    // Routing's own answer to another method has no body.
    private static void Map(IEndpointRouteBuilder endpoints, string method, string route, RequestDelegate handle)
    {
        endpoints.MapMethods(route, [method], handle);
        endpoints.Map(route, context =>
        {
            context.Response.Headers.Allow = method;
            return ProblemWriter.WriteAsync(
                context, StatusCodes.Status405MethodNotAllowed, "method_not_allowed", $"{route} takes {method}, not {context.Request.Method}.");
        });
    }
}
