using System.Net;
using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.AspNetCore.Access;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.UnitTests.AspNetCore.Access;

public sealed class HostGuardTests
{
    [Theory]
    [InlineData("localhost", null)]
    [InlineData("localhost:8080", "http://localhost:8080")]
    [InlineData("localhost:8080", "http://localhost:3000")]
    [InlineData("127.0.0.1:8080", null)]
    [InlineData("[::1]:8080", "http://[::1]:8080")]
    [InlineData("127.8.9.1", null)]
    [InlineData("localhost", "https://app.example.com:8443")]
    [InlineData("embeddings.example.com", "https://embeddings.example.com")]
    [InlineData("", null)]
    public void Own_names_may_ask(string host, string? origin) => Guard().Check(Request("127.0.0.1", host, origin));

    [Theory]
    [InlineData("evil.example.com", null, "forbidden_host")]
    [InlineData("evil.example.com:8080", "http://evil.example.com:8080", "forbidden_host")]
    [InlineData("127.0.0.1.evil.example.com", null, "forbidden_host")]
    [InlineData("localhost.evil.example.com", null, "forbidden_host")]
    [InlineData("bridge", null, "forbidden_host")]
    [InlineData("app.localhost", null, "forbidden_host")]
    [InlineData("10.0.0.7", null, "forbidden_host")]
    [InlineData("localhost", "https://evil.example.com", "forbidden_origin")]
    [InlineData("localhost", "https://app.example.com", "forbidden_origin")]
    [InlineData("localhost", "http://app.example.com:8443", "forbidden_origin")]
    [InlineData("127.0.0.1", "null", "forbidden_origin")]
    [InlineData("127.0.0.1", "http://localhost.evil.example.com", "forbidden_origin")]
    [InlineData("127.0.0.1", "not an origin", "forbidden_origin")]
    public void Pages_of_others_may_not(string host, string? origin, string code)
    {
        foreach (var local in (string[])["127.0.0.1", "127.0.0.9", "::1", "::ffff:127.0.0.1"])
        {
            var refusal = Assert.Throws<ProblemException>(() => Guard().Check(Request(local, host, origin))).Problem;

            Assert.Equal((403, code), (refusal.Status, refusal.Code));
        }
    }

    [Theory]
    [InlineData("192.0.2.7", null)]
    [InlineData("[2001:db8::1]:8080", null)]
    [InlineData("bridge", null)]
    [InlineData("second.example.com", null)]
    public void Server_that_others_reach_has_its_addresses_and_names_without_a_dot(string host, string? origin) => Guard().Check(Request("192.0.2.7", host, origin));

    [Theory]
    [InlineData("any.example.com", null, "forbidden_host")]
    [InlineData("192.0.2.7", "https://other.example.com", "forbidden_origin")]
    public void Server_that_others_reach_has_no_other_names(string host, string? origin, string code) =>
        Assert.Equal(code, Assert.Throws<ProblemException>(() => Guard().Check(Request("192.0.2.7", host, origin))).Problem.Code);

    [Fact]
    public void Star_allows_every_name() => new HostGuard(new HttpOptions { AllowedHosts = "*" }).Check(Request("127.0.0.1", "any.example.com", "https://other.example.com"));

    private static HostGuard Guard() => new(new HttpOptions { AllowedHosts = "embeddings.example.com; second.example.com", AllowedOrigins = "https://app.example.com:8443" });

    private static DefaultHttpContext Request(string local, string host, string? origin)
    {
        var context = new DefaultHttpContext { Connection = { LocalIpAddress = IPAddress.Parse(local) } };
        context.Request.Headers.Host = host;
        context.Request.Headers.Origin = origin;
        return context;
    }
}
