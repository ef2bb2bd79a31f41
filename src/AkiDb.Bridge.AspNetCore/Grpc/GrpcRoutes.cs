using AkiDb.Bridge.AspNetCore.Access;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace AkiDb.Bridge.AspNetCore.Grpc;

/// <summary>The gRPC services as they are mapped: each method with the pipeline around it that every route has.</summary>
internal static class GrpcRoutes
{
    public static void Map(IEndpointRouteBuilder endpoints, RoutePipeline pipeline, GrpcCall call)
    {
        endpoints.MapGrpcService<EmbeddingGrpcService>().Add(endpoint => Surround(endpoint, pipeline, call, RuleOf(endpoint)));
        endpoints.MapGrpcService<HealthGrpcService>().Add(endpoint => Surround(endpoint, pipeline, call, HealthRuleOf(endpoint)));
    }

    private static void Surround(EndpointBuilder endpoint, RoutePipeline pipeline, GrpcCall call, AccessRule rule) =>
        endpoint.RequestDelegate = pipeline.Around(call.Around(endpoint.RequestDelegate!), rule, GrpcProblem.WriteAsync);

    // As over HTTP: whoever has a key may read what the models are.
    private static AccessRule RuleOf(EndpointBuilder endpoint) => IsOf(endpoint, nameof(EmbeddingGrpcService.GetModelInfo)) ? AccessRule.AnyKey : AccessRule.Embed;

    // Who watches stays: that must not take up a place that is kept for those who ask once.
    private static AccessRule HealthRuleOf(EndpointBuilder endpoint) => IsOf(endpoint, nameof(HealthGrpcService.Watch)) ? AccessRule.Open : AccessRule.Health;

    private static bool IsOf(EndpointBuilder endpoint, string method) => endpoint.Metadata.OfType<GrpcMethodMetadata>().Any(metadata => metadata.Method.Name == method);
}
