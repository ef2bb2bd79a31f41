using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkiDb.Bridge.AspNetCore.Access;

/// <summary>Who comes in: the one place that says so, for every route and every protocol.</summary>
/// <remarks>
/// 1. Where does the request come from?   A web page of somebody else is refused, also with a right key: 403.
/// 2. Who asks?                           By the key, else by the address.
/// 3. May they?                           No key, or a wrong one: 401. A right one that does not allow this: 403.
/// Where there are no keys, everybody may embed, and whoever is on this machine may do everything.
/// </remarks>
/// <param name="hosts">Knows whose web pages may ask.</param>
/// <param name="keys">The keys.</param>
internal sealed class AccessGuard(HostGuard hosts, ApiKeyRing keys)
{
    private const string Bearer = "Bearer ";
    private const string KeyHeader = "x-api-key";
    private const string KeyTag = "akidb.key.name";

    /// <summary>Lets a request in, or not.</summary>
    /// <param name="context">The request; knows its <see cref="CallerIdentity"/> from here on.</param>
    /// <param name="rule">Who may.</param>
    /// <exception cref="ProblemException">It is not let in.</exception>
    public void Check(HttpContext context, AccessRule rule)
    {
        hosts.Check(context);
        var (caller, hasPresented) = Identify(context);
        context.Features.Set(caller);
        if (rule is AccessRule.Health or AccessRule.Open)
        {
            return;
        }

        if (caller.KeyName is null && !keys.IsEmpty)
        {
            throw new ProblemException(new Problem(
                StatusCodes.Status401Unauthorized,
                ProblemCodes.Unauthorized,
                $"{(hasPresented ? "The key is none of this server's." : "This server needs a key.")} Send one as 'Authorization: Bearer KEY' or 'x-api-key: KEY'.")
            {
                NeedsKey = true,
            });
        }

        if (rule is not AccessRule.AnyKey && (caller.Scopes & ScopesOf(rule)) == ApiKeyScopes.None)
        {
            throw new ProblemException(new Problem(
                StatusCodes.Status403Forbidden,
                ProblemCodes.ForbiddenScope,
                caller.KeyName is { } name
                    ? $"The key '{name}' does not have the scope '{rule.ToString().ToLowerInvariant()}', which this route needs (Bridge:Http:ApiKeys)."
                    : "This route is for callers on this machine, and not through a proxy, as the server has no keys. With keys (Bridge:Http:ApiKeys), it is for those with the scope 'admin'."));
        }
    }

    private static ApiKeyScopes ScopesOf(AccessRule rule) => rule switch
    {
        AccessRule.Embed => ApiKeyScopes.Embed,
        AccessRule.Metrics => ApiKeyScopes.Metrics | ApiKeyScopes.Admin,
        _ => ApiKeyScopes.Admin,
    };

    private (CallerIdentity Caller, bool HasPresented) Identify(HttpContext context)
    {
        if (keys.IsEmpty)
        {
            var isHere = CallerAddress.IsOnThisMachine(context);

            // What has no address has come through a socket of the file system.
            var scopes = isHere && (context.Connection.LocalIpAddress is null || CallerAddress.IsSentToLoopback(context)) ? ApiKeyScopes.All : ApiKeyScopes.Embed | ApiKeyScopes.Metrics;
            return (new CallerIdentity(CallerAddress.Of(context), scopes) { SeesPaths = isHere }, false);
        }

        var headers = context.Request.Headers;
        var authorization = headers.Authorization.ToString();
        var isBearer = authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase);
        var header = headers[KeyHeader].ToString();
        var key = (isBearer ? keys.Find(authorization[Bearer.Length..].Trim()) : null) ?? (header.Length > 0 ? keys.Find(header) : null);
        if (key is null)
        {
            return (new CallerIdentity(CallerAddress.Of(context), ApiKeyScopes.None), authorization.Length > 0 || header.Length > 0);
        }

        context.Features.Get<IHttpMetricsTagsFeature>()?.Tags.Add(new(KeyTag, key.Name));
        return (
            new CallerIdentity($"key:{key.Name}", key.Scopes) { KeyName = key.Name, Allowance = key.Allowance, SeesPaths = key.Scopes.HasFlag(ApiKeyScopes.Admin) },
            true);
    }
}
