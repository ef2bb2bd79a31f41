using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests.Streaming;

/// <summary>The bulk stream over HTTP/2: the same as over HTTP/1.1, but for readers that pause.</summary>
public sealed class Http2StreamTests
{
    private const string Subject = "CN=localhost";

    [Fact]
    public async Task Answer_of_a_line_comes_before_the_next_line_is_sent()
    {
        using var folder = new TemporaryFolder();
        await using var host = await StartAsync(folder);
        using var client = ClientOf(host);
        using var lines = new LinesContent();
        lines.Send("{\"id\": 0, \"text\": \"text 0\"}");
        using var response = await OpenAsync(client, lines);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));

        for (var number = 0; number < 20; number++)
        {
            Assert.Equal(number, JsonElement.Parse((await reader.ReadLineAsync(TestContext.Current.CancellationToken))!).GetProperty("id").GetInt32());
            lines.Send($$"""{"id": {{number + 1}}, "text": "text {{number + 1}}"}""");
        }

        lines.End();
        Assert.NotNull(await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        Assert.Null(await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpVersion.Version20, response.Version);
        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType?.MediaType);
    }

    // The server's limit for slow readers holds for a connection of HTTP/2, and no route can lift it.
    [Fact]
    public async Task Reader_that_pauses_too_long_is_cut_off_and_sees_that_it_is()
    {
        const int Lines = 20_000;
        var padding = new string('x', 1_000);
        using var folder = new TemporaryFolder();
        await using var host = await StartAsync(folder);
        using var client = ClientOf(host);
        using var lines = new LinesContent();
        for (var number = 0; number < Lines; number++)
        {
            lines.Send($"{{\"id\":{number},\"text\":\"text {number} {padding}\"}}");
        }

        lines.End();
        using var response = await OpenAsync(client, lines);
        await Task.Delay(TimeSpan.FromSeconds(12), TestContext.Current.CancellationToken);
        Assert.InRange(lines.Sent, 1, Lines - 1_000);

        using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);

        await Assert.ThrowsAnyAsync<IOException>(() => body.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Host_that_stops_says_where_it_ended()
    {
        using var folder = new TemporaryFolder();
        await using var host = await StartAsync(folder);
        using var client = ClientOf(host);
        using var lines = new LinesContent();
        lines.Send("\"first\"");
        using var response = await OpenAsync(client, lines);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        Assert.Contains("embedding", await reader.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        Signals.Send(host.Process.Pid, Signals.Terminate);

        var last = JsonElement.Parse((await reader.ReadLineAsync(TestContext.Current.CancellationToken))!);
        Assert.Equal(("no_engine", 2), (last.GetProperty("code").GetString(), last.GetProperty("line").GetInt32()));
        lines.End();
        Assert.Null(await reader.ReadLineAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<BridgeHost> StartAsync(TemporaryFolder folder)
    {
        using var certificate = new TestCertificate(Subject);
        return await BridgeHost.StartAsync(new HostSettings(["--provider", "mock", .. certificate.WriteTo(folder)]));
    }

    private static HttpClient ClientOf(BridgeHost host) => new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.Subject == Subject },
    })
    {
        BaseAddress = host.Client.BaseAddress,
        Timeout = Eventually.Patience,
    };

    private static async Task<HttpResponseMessage> OpenAsync(HttpClient client, LinesContent lines)
    {
        lines.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");

        // Not disposed: its body is still being sent when this returns.
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/embed/stream?dimensions=64")
        {
            Content = lines,
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response;
    }
}
