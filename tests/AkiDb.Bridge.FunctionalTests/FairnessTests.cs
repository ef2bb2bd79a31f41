using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.FunctionalTests.Streaming;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Nobody's backlog is another's, and nobody is lost in somebody else's. Each caller has an address of its own.</summary>
public sealed class FairnessTests
{
    private static readonly string Long = string.Join(' ', Enumerable.Repeat("word", 240));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(8, 64)]
    [InlineData(64, 8)]
    public async Task Caller_with_a_few_texts_is_answered_beside_one_that_sends_all_it_can(int connections, int texts)
    {
        await using var host = await StartAsync();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        using var greedy = From("127.0.0.2", host);
        using var good = From("127.0.0.3", host);
        var flood = Enumerable.Range(0, connections).Select(connection => FloodAsync(greedy, connection, texts, over.Token)).ToList();
        await Eventually.TrueAsync(async () => (await host.StatusAsync()).AdmittedTokens > 1_000, "the greedy caller's work is admitted", host.Process.Evidence);

        var answers = new List<HttpStatusCode>();
        for (var text = 0; text < 20; text++)
        {
            using var answer = await PostAsync(good, new { inputs = new[] { $"a good text {text}" } }, Stop);
            answers.Add(answer.StatusCode);
        }

        await over.CancelAsync();
        await Task.WhenAll(flood);
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer));
        await host.EmptyAsync();
    }

    [Fact]
    public async Task Stream_of_one_caller_is_answered_beside_many_streams_of_another_that_never_end()
    {
        const int Lines = 50;
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx", "--set", "Http:ApiKeys:0=many", "--set", "Http:ApiKeys:1=few"));
        host.Client.DefaultRequestHeaders.Add("x-api-key", "many");
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var flood = Enumerable.Range(0, 8).Select(stream => StreamWithoutEndAsync(host, stream, over.Token)).ToList();
        await Eventually.TrueAsync(async () => (await host.StatusAsync()).AdmittedTokens > 1_000, "the greedy caller's lines are admitted", host.Process.Evidence);

        await using var few = await StreamConnection.OpenAsync(host, headers: "x-api-key: few");
        for (var line = 0; line < Lines; line++)
        {
            await few.SendLineAsync($"\"a good line {line}\"");
        }

        await few.EndAsync();
        var answered = 0;
        while (await few.ReadLineAsync() is { } answer)
        {
            Assert.True(answer.TryGetProperty("embedding", out _), $"{answer}");
            answered++;
        }

        Assert.Equal(Lines, answered);
        Assert.All(flood, stream => Assert.False(stream.IsCompleted));
        await over.CancelAsync();
        await Task.WhenAll(flood);
        await host.EmptyAsync();
    }

    [Fact]
    public async Task Bulk_work_that_fills_the_bridge_for_a_day_keeps_no_interactive_request_out()
    {
        await using var host = await StartAsync("--set", "Admission:MaxTokens=50000");
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        using var greedy = From("127.0.0.2", host);
        using var good = From("127.0.0.3", host);
        var bulk = PostAsync(greedy, new { inputs = Texts(0, 500), priority = "bulk", timeout = "24h" }, over.Token);
        await Eventually.TrueAsync(async () => (await host.StatusAsync()).AdmittedTokens > 50_000, "the bulk work fills the bridge", host.Process.Evidence);

        foreach (var caller in new[] { good, greedy })
        {
            using var answer = await PostAsync(caller, new { inputs = new[] { "somebody waits for this" } }, Stop);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        using var more = await PostAsync(good, new { inputs = Texts(1_000, 20), priority = "bulk" }, Stop);
        Assert.Equal(HttpStatusCode.TooManyRequests, more.StatusCode);
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bulk);
        await host.EmptyAsync();
    }

    [Fact]
    public async Task Caller_who_sends_what_a_crowd_has_just_left_is_answered()
    {
        const int Crowd = 64;
        const int Tries = 60;
        await using var host = await StartAsync();
        using var alone = From("127.0.0.3", host);
        var random = new Random(1);
        var others = new List<HttpStatusCode>();
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            var texts = Enumerable.Range(0, 4).Select(text => $"{attempt} {text} {Long}").ToArray();
            var crowd = Enumerable.Range(0, Crowd).Select(caller => LeaveInTheMiddleAsync(host, texts[caller % texts.Length], TimeSpan.FromMilliseconds(random.Next(1, 40)))).ToArray();
            await Task.WhenAll(crowd);

            using var answer = await PostAsync(alone, new { inputs = new[] { texts[random.Next(texts.Length)] }, timeout = "10s" }, Stop);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                others.Add(answer.StatusCode);
            }
        }

        Assert.Empty(others);
        await host.EmptyAsync();
    }

    private static async Task FloodAsync(HttpClient client, int connection, int texts, CancellationToken over)
    {
        for (var first = connection * 1_000_000; !over.IsCancellationRequested; first += texts)
        {
            try
            {
                using var answer = await PostAsync(client, new { inputs = Texts(first, texts), priority = "interactive" }, over);
            }
            catch (Exception error) when (over.IsCancellationRequested && error is OperationCanceledException or HttpRequestException)
            {
                return;
            }
        }
    }

    private static IEnumerable<string> Texts(int first, int count) => Enumerable.Range(first, count).Select(text => $"{text} {Long}");

    // The connection is closed while the request is being computed.
    private static async Task LeaveInTheMiddleAsync(BridgeHost host, string text, TimeSpan after)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, host.Client.BaseAddress!.Port, Stop);
        var body = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { inputs = new[] { text } }));
        var head = Encoding.ASCII.GetBytes($"POST /api/v1/embed HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n");
        await socket.SendAsync(head.Concat(body).ToArray(), Stop);
        await Task.Delay(after, Stop);
        socket.LingerState = new LingerOption(true, 0);
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, object request, CancellationToken cancellationToken) =>
        client.PostAsJsonAsync(new Uri("/api/v1/embed", UriKind.Relative), request, cancellationToken);

    private static HttpClient From(string address, BridgeHost host) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
                await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    })
    {
        BaseAddress = host.Client.BaseAddress,
        Timeout = Eventually.Patience,
    };

    // Without workers: the in-process engine is there at once.
    // Sends and reads as fast as it may, until it leaves.
    private static async Task StreamWithoutEndAsync(BridgeHost host, int number, CancellationToken cancellationToken)
    {
        await using var stream = await StreamConnection.OpenAsync(host, headers: "x-api-key: many");
        await using var leaving = cancellationToken.Register(stream.Reset);
        await Task.WhenAll(SendAsync(), ReadAsync()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.True(cancellationToken.IsCancellationRequested);

        async Task SendAsync()
        {
            for (var line = 0; !cancellationToken.IsCancellationRequested; line++)
            {
                await stream.SendLineAsync($"\"{number} {line} {Long}\"");
            }
        }

        async Task ReadAsync()
        {
            while (await stream.ReadLineAsync() is not null)
            {
            }
        }
    }

    private static async Task<BridgeHost> StartAsync(params string[] arguments)
    {
        var host = await BridgeHost.StartAsync(new HostSettings(["--provider", "onnx", .. arguments]));
        await host.EmbedAsync("warm");

        // This shows the bridge how fast it is.
        await host.EmbedAsync(new { inputs = Texts(-64, 32), timeout = "5m" });
        return host;
    }
}
