using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace AkiDb.Bridge.AspNetCore.Access;

/// <summary>What comes before every route where the server is set up by the bridge: whose address it is behind a proxy, and web pages of others that may ask.</summary>
internal sealed class OutsideAccess(Func<HttpOptions> options) : IStartupFilter
{
    // What our routes answer with, and a page may read.
    private static readonly string[] Exposed = ["Retry-After", "retry-after-ms", "Server-Timing", "X-Embedding-Space", "traceresponse", "WWW-Authenticate"];
    private static readonly TimeSpan PreflightAge = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => application =>
    {
        var http = options();
        var proxies = new TrustedProxies(http.TrustedProxies);
        if (!proxies.IsEmpty)
        {
            application.UseForwardedHeaders(proxies.Headers);
        }

        var origins = OptionLists.Of(http.AllowedOrigins);
        if (origins.Length > 0)
        {
            application.UseCors(policy => policy.WithOrigins(origins).WithMethods("GET", "POST", "HEAD").AllowAnyHeader().WithExposedHeaders(Exposed).SetPreflightMaxAge(PreflightAge));
        }

        next(application);
    };
}
