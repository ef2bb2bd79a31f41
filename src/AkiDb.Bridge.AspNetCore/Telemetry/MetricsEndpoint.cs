using System.Text;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Telemetry;

/// <summary><c>GET /metrics</c>, for Prometheus.</summary>
internal sealed class MetricsEndpoint(MetricCollection metrics)
{
    public async Task HandleAsync(HttpContext context)
    {
        var text = Encoding.UTF8.GetBytes(metrics.Look(PrometheusText.Write));
        context.Response.ContentType = PrometheusText.ContentType;
        context.Response.ContentLength = text.Length;
        await context.Response.Body.WriteAsync(text, context.RequestAborted).ConfigureAwait(false);
    }
}
