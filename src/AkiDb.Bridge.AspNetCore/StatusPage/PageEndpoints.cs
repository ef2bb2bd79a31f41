using System.Text.Json;
using AkiDb.Bridge.AspNetCore.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkiDb.Bridge.AspNetCore.StatusPage;

/// <summary><c>GET /</c>: a page for whoever looks after the host, and the events that keep it up to date.</summary>
/// <remarks>
/// The page itself holds nothing of the host, and is sent to everybody: with 401 where a key is needed, which it then asks for. All that it shows comes by
/// requests that carry the key.
/// </remarks>
internal sealed class PageEndpoints(IBridgeAdministration bridge, TrafficHistory traffic, ApiKeyRing keys, ServerDrain drain, TimeProvider time)
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    // Each viewer takes a connection for as long as it looks.
    private const int MostViewers = 32;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private int viewers;

    /// <summary>Maps the page and its parts.</summary>
    public void Map(RouteTable routes)
    {
        routes.Get("/", PageOf("page.html", "text/html; charset=utf-8", asksForKey: true), rule: AccessRule.Open);
        routes.Get("/status-page/page.css", PageOf("page.css", "text/css; charset=utf-8", asksForKey: false), rule: AccessRule.Open);
        routes.Get("/status-page/page.js", PageOf("page.js", "text/javascript; charset=utf-8", asksForKey: false), rule: AccessRule.Open);
        routes.Get("/status-page/events", EventsAsync, rule: AccessRule.Admin);
    }

    private RequestDelegate PageOf(string name, string type, bool asksForKey)
    {
        using var stream = typeof(PageEndpoints).Assembly.GetManifestResourceStream($"AkiDb.Bridge.AspNetCore.StatusPage.{name}")!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return context =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = Policy;
            headers.XContentTypeOptions = "nosniff";
            headers.CacheControl = "no-cache";
            headers["Referrer-Policy"] = "no-referrer";
            if (asksForKey && !keys.IsEmpty && !CallerIdentity.Of(context).SeesDetails)
            {
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                headers.WWWAuthenticate = "Bearer";
            }

            context.Response.ContentType = type;
            context.Response.ContentLength = content.Length;
            return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
        };
    }

    // Server-sent events: each is all there is to show, so that whoever comes back has missed nothing.
    private async Task EventsAsync(HttpContext context)
    {
        if (Interlocked.Increment(ref viewers) > MostViewers)
        {
            Interlocked.Decrement(ref viewers);
            throw new ProblemException(new Problem(StatusCodes.Status503ServiceUnavailable, ProblemCodes.TooManyConnections, $"{MostViewers} look already. Close a page.") { RetryAfter = Interval });
        }

        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.Stopping);
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            if (!HttpMethods.IsHead(context.Request.Method))
            {
                await SendAsync(context, end.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (drain.Stopping.IsCancellationRequested)
        {
            // The host stops: that was the last event.
        }
        finally
        {
            Interlocked.Decrement(ref viewers);
        }
    }

    private async Task SendAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var show = (Func<string, string>)CallerView.Of(context).Show;
        using var timer = new PeriodicTimer(Interval, time);
        using var data = new MemoryStream();
        do
        {
            data.SetLength(0);
            data.Write("data: "u8);
            using (var writer = new Utf8JsonWriter(data))
            {
                PageJson.Write(writer, bridge.GetStatus(), traffic.Take(), time.GetUtcNow(), show);
            }

            data.Write("\n\n"u8);
            await context.Response.Body.WriteAsync(data.GetBuffer().AsMemory(0, (int)data.Length), cancellationToken).ConfigureAwait(false);
            await context.Response.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
    }
}
