// A web application with the bridge's routes, a route of its own, and health checks for an orchestrator.
using System.Numerics.Tensors;
using AkiDb.Bridge;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;

var builder = WebApplication.CreateBuilder(args);
builder.AddAkiDbBridge();
builder.Services.AddHealthChecks().AddAkiDbBridge();
var app = builder.Build();
app.MapAkiDbBridge();
app.MapHealthChecks("/healthz/live", new HealthCheckOptions { Predicate = check => check.Tags.Contains("live") });
app.MapHealthChecks("/healthz/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });
app.MapGet("/similarity", async (string a, string b, IEmbeddingBridge bridge, CancellationToken cancellationToken) =>
{
    var result = await bridge.EmbedAsync([a, b], cancellationToken);
    return TensorPrimitives.CosineSimilarity(result.Vectors[0].Span, result.Vectors[1].Span);
});
await app.RunAsync();
