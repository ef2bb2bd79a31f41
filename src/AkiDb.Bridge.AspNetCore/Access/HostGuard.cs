using System.Net;
using AkiDb.Bridge.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Access;

/// <summary>Keeps web pages of others away, whatever key they have got hold of.</summary>
/// <remarks>
/// A browser sends requests for any page that asks it to, also to addresses that only its own machine or network reaches. A page whose own name was made to
/// point here (DNS rebinding) betrays itself by the header <c>Host</c>, a page of another site by <c>Origin</c>.
/// </remarks>
/// <param name="options">The names that are ours.</param>
internal sealed class HostGuard(HttpOptions options)
{
    private const string AnyName = "*";

    private readonly string[] allowed = [options.Host, .. OptionLists.Of(options.AllowedHosts)];
    private readonly string[] origins = OptionLists.Of(options.AllowedOrigins);

    /// <summary>Checks what a request says about where it is sent to and where it comes from.</summary>
    /// <exception cref="ProblemException">It was made by a web page of somebody else (403).</exception>
    public void Check(HttpContext context)
    {
        var request = context.Request;
        if (request.Host.HasValue && !IsOurs(request.Host.Host, CallerAddress.IsSentToLoopback(context)))
        {
            throw Forbidden(
                ProblemCodes.ForbiddenHost,
                $"The Host header is '{ForeignText.Shorten(request.Host.Value)}', which is no name of this server. Use localhost or the IP address, or add the name to Bridge:Http:AllowedHosts.");
        }

        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && !IsOwnOrigin(origin, request.Host.Host))
        {
            throw Forbidden(
                ProblemCodes.ForbiddenOrigin,
                $"A web page of '{ForeignText.Shorten(origin)}' must not use this server. If it may, add it to Bridge:Http:AllowedOrigins, or its host name to Bridge:Http:AllowedHosts.");
        }
    }

    // Elsewhere than on loopback nobody can own an address as a name, or a name without a dot.
    private bool IsOurs(string host, bool isSentToLoopback)
    {
        var name = host.TrimEnd('.');
        var isAddress = IPAddress.TryParse(name, out var address);
        return IsAllowed(name) || (isSentToLoopback
            ? name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (isAddress && IPAddress.IsLoopback(address!))
            : isAddress || !name.Contains('.', StringComparison.Ordinal));
    }

    private bool IsAllowed(string name) => allowed.Any(other => other == AnyName || other.Equals(name, StringComparison.OrdinalIgnoreCase));

    private bool IsOwnOrigin(string origin, string host) => Uri.TryCreate(origin, UriKind.Absolute, out var page)
        && (page.Host.Equals(host, StringComparison.OrdinalIgnoreCase) || IsAllowed(page.Host)
            || origins.Any(other => other == AnyName || other.TrimEnd('/').Equals(origin, StringComparison.OrdinalIgnoreCase)));

    private static ProblemException Forbidden(string code, string detail) => new(new Problem(StatusCodes.Status403Forbidden, code, detail));
}
