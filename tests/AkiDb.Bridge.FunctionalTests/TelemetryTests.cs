using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>What operators' own tools get.</summary>
public sealed partial class TelemetryTests
{
    private const string Embed = "POST /api/v1/embed HTTP/1.1\nContent-Type: application/json";
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    [Fact]
    public async Task Metrics_count_what_was_asked_and_are_what_Prometheus_reads()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock"));
        await host.EmbedAsync("a", "a", "b");
        await RawConnection.AskAsync(host, Embed, """{"inputs": ["a"], "model": "nobody's"}""");

        var text = await host.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.All(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches(ExpositionLine(), line));
        Assert.Equal(1, ValueOf(text, "gen_ai_server_request_duration_seconds_count", "gen_ai_request_model=\"unknown\"", "error_type=\"unknown_model\""));
        Assert.Equal(1, ValueOf(text, "gen_ai_client_token_usage_count", "gen_ai_token_type=\"input\""));
        Assert.Equal(2, ValueOf(text, "akidb_engine_texts_total", "akidb_engine=\"mock\""));
        Assert.Equal(1, ValueOf(text, "akidb_cache_hits_total"));
        Assert.Equal(0, ValueOf(text, "akidb_queue_tokens", "akidb_priority=\"bulk\""));
        Assert.Equal(1, ValueOf(text, "http_server_request_duration_seconds_count", "http_route=\"/api/v1/embed\"", "http_response_status_code=\"404\""));
    }

    [Fact]
    public async Task Metrics_name_the_key_but_never_hold_it()
    {
        await using var host = await BridgeHost.StartAsync(
            new HostSettings("--provider", "mock", "--set", "Http:ApiKeys:0:Name=search", "--set", "Http:ApiKeys:0:Key=canary-1", "--set", "Http:ApiKeys:1:Key=canary-2", "--set", "Http:ApiKeys:1:Scopes=metrics"));
        var embedded = await RawConnection.AskAsync(host, $"{Embed}\nx-api-key: canary-1", """{"inputs": ["a"]}""");

        var refused = await RawConnection.AskAsync(host, "GET /metrics HTTP/1.1");
        var metrics = await RawConnection.AskAsync(host, "GET /metrics HTTP/1.1\nAuthorization: Bearer canary-2");

        Assert.Equal((200, 401, 200), (embedded.Status, refused.Status, metrics.Status));
        Assert.Equal(1, ValueOf(metrics.Body, "http_server_request_duration_seconds_count", "akidb_key_name=\"search\"", "http_route=\"/api/v1/embed\""));
        Assert.DoesNotContain("canary", metrics.Text, StringComparison.Ordinal);
        Assert.Equal(403, (await RawConnection.AskAsync(host, $"{Embed}\nx-api-key: canary-2", """{"inputs": ["a"]}""")).Status);
    }

    [Fact]
    public async Task Answer_names_the_trace_that_the_caller_has_begun()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock"));

        var traced = await RawConnection.AskAsync(host, $"{Embed}\ntraceparent: 00-{Trace}-00f067aa0ba902b7-01", """{"inputs": ["a"]}""");
        var failed = await RawConnection.AskAsync(host, $"{Embed}\ntraceparent: 00-{Trace}-00f067aa0ba902b7-01", "{}");

        Assert.All((RawAnswer[])[traced, failed], answer => Assert.Matches($"traceresponse: 00-{Trace}-[0-9a-f]{{16}}-01", answer.Head));
        Assert.DoesNotContain("00f067aa0ba902b7", traced.Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standard_variables_send_metrics_traces_and_logs_to_a_collector()
    {
        await using var collector = new Collector();
        await using (var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock")
        {
            Environment = new Dictionary<string, string?>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address,
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
                ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
                ["OTEL_BLRP_SCHEDULE_DELAY"] = "200",
            },
        }))
        {
            await RawConnection.AskAsync(host, $"{Embed}\ntraceparent: 00-{Trace}-00f067aa0ba902b7-01", """{"inputs": ["a"]}""");

            await Eventually.TrueAsync(
                () => collector.Has("/v1/traces", "compute") && collector.Has("/v1/metrics", "gen_ai.server.request.duration") && collector.Has("/v1/logs", "Application started"),
                "all three signals have come", () => $"Came: {collector.Paths}");
        }

        Assert.True(collector.Has("/v1/traces", "embeddings mock/"));
        Assert.True(collector.Has("/v1/traces", "akidb.engine"));
        Assert.True(collector.Has("/v1/traces", Encoding.Latin1.GetString(Convert.FromHexString(Trace))));
    }

    private static double ValueOf(string text, string name, params string[] labels)
    {
        var line = Assert.Single(text.Split('\n'), line => line.StartsWith(name, StringComparison.Ordinal)
            && line[name.Length] is '{' or ' ' && labels.All(label => line.Contains(label, StringComparison.Ordinal)));
        return double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("""^(# (HELP|TYPE) [a-z_:][a-z0-9_:]* .*|[a-z_:][a-z0-9_:]*(\{[a-z_][a-z0-9_]*="([^"\\]|\\.)*"(,[a-z_][a-z0-9_]*="([^"\\]|\\.)*")*\})? [-+0-9.eEInf]+)$""")]
    private static partial Regex ExpositionLine();

    /// <summary>Takes what is sent by OTLP over HTTP, and keeps it.</summary>
    private sealed class Collector : IAsyncDisposable
    {
        private readonly HttpListener listener = new();
        private readonly ConcurrentQueue<(string Path, string Body)> received = new();
        private readonly Task listening;

        public Collector()
        {
            using (var free = new TcpListener(IPAddress.Loopback, 0))
            {
                free.Start();
                Address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
            }

            listener.Prefixes.Add($"{Address}/");
            listener.Start();
            listening = ListenAsync();
        }

        public string Address { get; }

        public string Paths => string.Join(", ", received.Select(one => one.Path).Distinct());

        public bool Has(string path, string text) => received.Any(one => one.Path == path && one.Body.Contains(text, StringComparison.Ordinal));

        public async ValueTask DisposeAsync()
        {
            listener.Close();
            await listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        private async Task ListenAsync()
        {
            while (listener.IsListening)
            {
                var context = await listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                received.Enqueue((context.Request.Url!.AbsolutePath, Encoding.Latin1.GetString(body.ToArray())));
                context.Response.Close();
            }
        }
    }
}
