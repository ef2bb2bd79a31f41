using System.Net;
using AkiDb.Bridge.Host.Remote;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.UnitTests.Host;

public sealed class BridgeConnectionTests
{
    [Theory]
    [InlineData(StatusCodes.Status307TemporaryRedirect)]
    [InlineData(StatusCodes.Status308PermanentRedirect)]
    public async Task Texts_are_not_sent_to_whom_the_bridge_names(int status)
    {
        var asked = new List<string>();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        await using var server = builder.Build();
        server.Run(context =>
        {
            asked.Add(context.Request.Path);
            context.Response.StatusCode = context.Request.Path == "/elsewhere" ? StatusCodes.Status200OK : status;
            context.Response.Headers.Location = "/elsewhere";
            return Task.CompletedTask;
        });
        await server.StartAsync(TestContext.Current.CancellationToken);
        using var connection = new BridgeConnection(new AttachTarget(new Uri(server.Urls.Single()), null, null), TimeProvider.System);

        var reply = await connection.SendAsync("{}"u8.ToArray(), TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode)status, reply.Status);
        Assert.Equal(["/api/v1/embed"], asked);
    }
}
