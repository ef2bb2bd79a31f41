using System.Net;
using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.AspNetCore.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkiDb.Bridge.UnitTests.AspNetCore.Access;

public sealed class AccessGuardTests
{
    private const int Allowed = 200;

    [Theory]
    [InlineData(null, 401, 401, 401)]
    [InlineData("Bearer wrong", 401, 401, 401)]
    [InlineData("Basic embedder", 401, 401, 401)]
    [InlineData("Bearer ", 401, 401, 401)]
    [InlineData("Bearer embedder", Allowed, 403, Allowed)]
    [InlineData("bearer embedder", Allowed, 403, Allowed)]
    [InlineData("Bearer operator", 403, Allowed, Allowed)]
    [InlineData("Bearer both", Allowed, Allowed, Allowed)]
    public void Key_decides(string? authorization, int embed, int admin, int any)
    {
        Assert.Equal((embed, admin, any), (Ask(AccessRule.Embed), Ask(AccessRule.Admin), Ask(AccessRule.AnyKey)));
        Assert.Equal((Allowed, Allowed), (Ask(AccessRule.Health), Ask(AccessRule.Open)));

        int Ask(AccessRule rule) => StatusOf(WithKeys(), Request("127.0.0.1", "127.0.0.1", context => context.Request.Headers.Authorization = authorization), rule);
    }

    [Theory]
    [InlineData("x-api-key", "both")]
    [InlineData("X-API-Key", "embedder")]
    public void Key_comes_in_either_header_and_the_right_one_of_two_counts(string header, string key)
    {
        var context = Request("192.0.2.1", "192.0.2.9", context =>
        {
            context.Request.Headers[header] = key;
            context.Request.Headers.Authorization = "Bearer made-up-by-a-client";
        });

        Assert.Equal(Allowed, StatusOf(WithKeys(), context, AccessRule.Embed));
        Assert.Equal($"key:{key}", CallerIdentity.Of(context).Account);
    }

    [Fact]
    public void Page_of_somebody_else_is_refused_also_with_the_right_key()
    {
        var context = Request("127.0.0.1", "127.0.0.1", context =>
        {
            context.Request.Headers.Authorization = "Bearer both";
            context.Request.Headers.Origin = "https://evil.example.com";
        });

        Assert.Equal(403, StatusOf(WithKeys(), context, AccessRule.Health));
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("192.0.2.1", "192.0.2.9", false)]
    [InlineData("127.0.0.1", "192.0.2.9", false)]
    public void Without_keys_only_this_machine_sees_details(string local, string remote, bool details)
    {
        var context = Request(local, remote, _ => { });

        Assert.Equal((Allowed, details ? Allowed : 403), (StatusOf(WithoutKeys(), context, AccessRule.Embed), StatusOf(WithoutKeys(), context, AccessRule.Admin)));
        Assert.Equal(details, CallerIdentity.Of(context).SeesDetails);
    }

    [Theory]
    [InlineData("X-Forwarded-For", "203.0.113.9")]
    [InlineData("X-Forwarded-For", "127.0.0.1")]
    [InlineData("x-real-ip", "203.0.113.9")]
    [InlineData("Forwarded", "for=203.0.113.9")]
    [InlineData("Via", "1.1 proxy")]
    [InlineData("X-Forwarded-Proto", "https")]
    public void Without_keys_who_comes_through_a_proxy_on_this_machine_sees_no_details(string header, string value)
    {
        var context = Request("127.0.0.1", "127.0.0.1", context => context.Request.Headers[header] = value);

        Assert.Equal((Allowed, 403), (StatusOf(WithoutKeys(), context, AccessRule.Embed), StatusOf(WithoutKeys(), context, AccessRule.Admin)));
        Assert.Equal((false, false, true), (CallerIdentity.Of(context).SeesDetails, CallerIdentity.Of(context).SeesPaths, CallerIdentity.Of(context).SeesSpace));
    }

    [Fact]
    public void Without_keys_who_comes_through_a_socket_of_the_file_system_is_on_this_machine()
    {
        var context = Request("127.0.0.1", "127.0.0.1", context =>
        {
            context.Request.Headers.Host = "localhost";
            (context.Connection.LocalIpAddress, context.Connection.RemoteIpAddress) = (null, null);
        });

        Assert.Equal(Allowed, StatusOf(WithoutKeys(), context, AccessRule.Admin));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("Bearer embedder", false)]
    [InlineData("Bearer operator", true)]
    public void With_keys_only_admin_sees_details(string? authorization, bool details)
    {
        var context = Request("127.0.0.1", "127.0.0.1", context => context.Request.Headers.Authorization = authorization);

        Assert.Equal(Allowed, StatusOf(WithKeys(), context, AccessRule.Health));
        Assert.Equal((details, details), (CallerIdentity.Of(context).SeesDetails, CallerIdentity.Of(context).SeesPaths));
        Assert.Equal(authorization is not null, CallerIdentity.Of(context).SeesSpace);
    }

    private static AccessGuard WithKeys() => Guard(("embedder", ApiKeyScopes.Embed), ("operator", ApiKeyScopes.Admin), ("both", ApiKeyScopes.All));

    private static AccessGuard WithoutKeys() => Guard();

    private static AccessGuard Guard(params (string Key, ApiKeyScopes Scopes)[] keys)
    {
        var entries = keys.Select(pair =>
        {
            var entry = new ApiKeyOptions { Name = pair.Key, Scopes = pair.Scopes };
            entry.SetKey(pair.Key);
            return entry;
        });
        return new AccessGuard(new HostGuard(new HttpOptions()), new ApiKeyRing(entries, TimeProvider.System, NullLogger<ApiKeyRing>.Instance));
    }

    private static int StatusOf(AccessGuard guard, HttpContext context, AccessRule rule)
    {
        try
        {
            guard.Check(context, rule);
            return Allowed;
        }
        catch (ProblemException refused)
        {
            return refused.Problem.Status;
        }
    }

    private static DefaultHttpContext Request(string local, string remote, Action<HttpContext> change)
    {
        var context = new DefaultHttpContext { Connection = { LocalIpAddress = IPAddress.Parse(local), RemoteIpAddress = IPAddress.Parse(remote) } };
        context.Request.Headers.Host = local;
        change(context);
        return context;
    }
}
