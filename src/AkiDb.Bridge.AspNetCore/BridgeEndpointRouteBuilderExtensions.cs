using AkiDb.Bridge;
using AkiDb.Bridge.Admission;
using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.AspNetCore.Access;
using AkiDb.Bridge.AspNetCore.Connections;
using AkiDb.Bridge.AspNetCore.Grpc;
using AkiDb.Bridge.AspNetCore.Ollama;
using AkiDb.Bridge.AspNetCore.OpenAi;
using AkiDb.Bridge.AspNetCore.OpenApi;
using AkiDb.Bridge.AspNetCore.StatusPage;
using AkiDb.Bridge.AspNetCore.Streaming;
using AkiDb.Bridge.AspNetCore.Tei;
using AkiDb.Bridge.AspNetCore.Telemetry;
using AkiDb.Bridge.Requests;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Puts the bridge's HTTP routes into a web application.</summary>
public static class BridgeEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps <c>POST /api/v1/embed</c>, <c>POST /api/v1/embed/stream</c>, <c>GET /api/v1/models</c>, <c>GET /api/v1/status</c>, <c>POST /api/v1/workers/{slot}/restart</c> (with <c>?model=</c>
    /// for another than the default model), <c>/livez</c>, <c>/readyz</c>, <c>/health</c> and <c>/metrics</c>; and the
    /// routes of OpenAI, text-embeddings-inference and Ollama. Where <c>AddAkiDbBridgeHttp()</c> was called and <see cref="HttpOptions.GrpcPort"/> is set, also
    /// gRPC's <c>akidb.embedding.v1.EmbeddingService</c> and <c>grpc.health.v1.Health</c>. What is read with GET answers HEAD too.
    /// </summary>
    /// <param name="endpoints">The application; <c>AddAkiDbBridge()</c> must have been called on its services.</param>
    public static IEndpointRouteBuilder MapAkiDbBridge(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        var (bridge, time) = (services.GetRequiredService<IEmbeddingBridge>(), services.GetRequiredService<TimeProvider>());
        var administration = services.GetRequiredService<IBridgeAdministration>();
        var options = HttpSection.OptionsOf(services);
        if (services.GetService<KestrelSetup>() is not null)
        {
            ListenRule.Check(options);
            if (options.CertificateFile.Length > 0)
            {
                // What is wrong with it is said before anything is started.
                services.GetRequiredService<CertificateFiles>();
            }
        }

        var keys = KeysOf(services, options);
        var guard = services.GetService<AccessGuard>() ?? new AccessGuard(new HostGuard(options), keys);
        var drain = services.GetService<ServerDrain>() ?? new ServerDrain(TimeSpan.Zero, services.GetRequiredService<IHostApplicationLifetime>(), time);
        var pipeline = new RoutePipeline(
            services.GetService<ConnectionTable>(), guard, new UnreadBody(drain, time), services.GetRequiredService<ILogger<RoutePipeline>>());
        var routes = new RouteTable(endpoints, pipeline);
        var bodies = new BodyReader(options, drain);
        var ledger = services.GetRequiredService<ResourceLedger>();
        var embed = new EmbedExchange(bridge, ledger, bodies, time);
        var (health, status) = (new HealthEndpoints(administration, drain), new StatusEndpoint(administration));
        routes.Post("/api/v1/embed", embed.Of(new EmbedEndpoint()));
        routes.Get("/api/v1/models", new ModelsEndpoint(administration).HandleAsync);
        routes.Get("/api/v1/status", status.StatusAsync, rule: AccessRule.Admin);
        routes.Post("/api/v1/workers/{slot}/restart", status.RestartAsync, rule: AccessRule.Admin);
        routes.Get("/metrics", new MetricsEndpoint(services.GetService<MetricCollection>() ?? new MetricCollection()).HandleAsync, rule: AccessRule.Metrics);
        routes.Health("/livez", HealthEndpoints.LiveAsync);
        routes.Health("/readyz", health.ReadyAsync);
        routes.Health("/health", health.HealthAsync);
        var models = services.GetRequiredService<EmbeddingBridge>();
        var bridgeOptions = services.GetRequiredService<IOptions<BridgeOptions>>().Value;
        routes.Post("/api/v1/embed/stream", new StreamEndpoint(bridge, models, ledger, options, bridgeOptions.Dispatch.Timeout, drain, time).HandleAsync);
        OpenAiRoutes.Map(routes, embed, models, options, time);
        TeiRoutes.Map(routes, embed, bodies, ledger, models, new TeiInfo(administration, bridgeOptions, options));
        OllamaRoutes.Map(routes, embed, bodies, ledger, models, time);
        routes.Get("/openapi/v1.json", OpenApiEndpoint.HandleAsync);
        if (options.StatusPage)
        {
            new PageEndpoints(administration, services.GetService<TrafficHistory>() ?? new TrafficHistory(time), keys, drain, time).Map(routes);
        }

        routes.RefuseOtherMethods();
        if (options.GrpcPort is not null && services.GetService<GrpcCall>() is { } call)
        {
            GrpcRoutes.Map(endpoints, pipeline, call);
        }

        return endpoints;
    }

    // An application that sets its server up itself has no keys that follow their files.
    private static ApiKeyRing KeysOf(IServiceProvider services, HttpOptions options) => services.GetService<ApiKeyRing>()
        ?? new ApiKeyRing(options.ApiKeys, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<ApiKeyRing>>());
}
