using System.Net;
using System.Text.Json;
using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.AspNetCore.Access;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.AspNetCore;

public sealed class RoutePipelineTests : IDisposable
{
    private readonly RecordingLogger<RoutePipeline> log = new();
    private readonly FakeTimeProvider time = new();
    private readonly ServerDrain drain;
    private readonly RoutePipeline pipeline;

    public RoutePipelineTests()
    {
        drain = new ServerDrain(TimeSpan.Zero, new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), time);
        var guard = new AccessGuard(new HostGuard(new HttpOptions()), new ApiKeyRing([], time, NullLogger<ApiKeyRing>.Instance));
        pipeline = new RoutePipeline(table: null, guard, new UnreadBody(drain, time), log);
    }

    public void Dispose() => drain.Dispose();

    [Fact]
    public async Task Route_that_fails_inside_is_a_500_with_a_sentence_that_gives_nothing_away()
    {
        var context = await AskAsync(_ => throw new InvalidOperationException("/secret/place"));

        var body = Body(context);
        using var problem = JsonDocument.Parse(body);
        Assert.Equal((500, "application/problem+json"), (context.Response.StatusCode, context.Response.ContentType));
        Assert.Equal("internal", problem.RootElement.GetProperty("code").GetString());
        Assert.NotEmpty(problem.RootElement.GetProperty("detail").GetString()!);
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
        Assert.Single(log.Entries, entry => entry.Level == LogLevel.Error);
    }

    [Fact]
    public async Task Refusal_of_the_bridge_is_its_own_sentence_and_no_error_of_the_log()
    {
        var context = await AskAsync(_ => throw new BridgeException(BridgeErrorKind.BadInput, "Give at least one text."));

        Assert.Equal(400, context.Response.StatusCode);
        Assert.Contains("Give at least one text.", Body(context), StringComparison.Ordinal);
        Assert.DoesNotContain(log.Entries, entry => entry.Level >= LogLevel.Error);
    }

    private async Task<DefaultHttpContext> AskAsync(RequestDelegate handle)
    {
        var context = new DefaultHttpContext { Connection = { LocalIpAddress = IPAddress.Loopback, RemoteIpAddress = IPAddress.Loopback } };
        context.Request.Headers.Host = "127.0.0.1";
        context.Response.Body = new MemoryStream();
        await pipeline.Around(handle, AccessRule.Open)(context);
        return context;
    }

    private static string Body(HttpContext context) => System.Text.Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray());
}
