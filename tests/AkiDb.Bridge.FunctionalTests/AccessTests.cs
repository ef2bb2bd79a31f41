using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Who comes in: attacks on the door, each with what it gets.</summary>
public sealed class AccessTests
{
    private const string Embed = "POST /api/v1/embed HTTP/1.1\nContent-Type: application/json";
    private const string Good = """{"inputs": ["a"]}""";
    private const string Canary = "canary-9f2e7d";

    [Theory]
    [InlineData("POST /api/v1/embed HTTP/1.1\nContent-Type: application/json", "\"code\":\"unauthorized\"")]
    [InlineData("POST /v1/embeddings HTTP/1.1\nContent-Type: application/json", "\"code\":\"invalid_api_key\"")]
    [InlineData("GET /v1/models HTTP/1.1", "\"error\":{\"message\":")]
    [InlineData("POST /embed HTTP/1.1\nContent-Type: application/json", "\"error_type\":")]
    [InlineData("POST /api/embed HTTP/1.1", "{\"error\":\"")]
    [InlineData("POST /api/v1/embed/stream HTTP/1.1\nContent-Type: application/x-ndjson", "\"code\":\"unauthorized\"")]
    [InlineData("GET /api/v1/status HTTP/1.1", "\"code\":\"unauthorized\"")]
    [InlineData("POST /api/v1/workers/0/restart HTTP/1.1", "\"code\":\"unauthorized\"")]
    [InlineData("GET /metrics HTTP/1.1", "\"code\":\"unauthorized\"")]
    public async Task No_key_or_a_wrong_one_is_401_as_each_ecosystem_says_it(string head, string body)
    {
        await using var host = await WithKeyAsync();

        foreach (var header in (string[])["", "\nAuthorization: Bearer wrong", "\nx-api-key: canary", $"\nAuthorization: Basic {Canary}"])
        {
            var answer = await RawConnection.AskAsync(host, head + header, Good);

            Assert.Equal(401, answer.Status);
            Assert.Contains("WWW-Authenticate: Bearer", answer.Head, StringComparison.Ordinal);
            Assert.Contains(body, answer.Body, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Host: evil.example.com", 403)]
    [InlineData("Host: localhost:80", 200)]
    [InlineData("Host: 127.9.9.9", 200)]
    [InlineData("Host: localhost\nOrigin: https://evil.example.com", 403)]
    [InlineData("Host: localhost\nOrigin: null", 403)]
    [InlineData("Host: localhost\nOrigin: http://localhost:3000", 200)]
    public async Task Page_of_somebody_else_is_refused_also_with_the_right_key(string headers, int status)
    {
        await using var host = await WithKeyAsync();

        Assert.Equal(status, (await RawConnection.AskAsync(host, $"{Embed}\n{headers}\nx-api-key: {Canary}", Good)).Status);
    }

    [Theory]
    [InlineData("/livez")]
    [InlineData("/readyz")]
    [InlineData("/health")]
    public async Task Health_needs_no_key_and_shows_no_details_without_one(string route)
    {
        await using var host = await WithKeyAsync();

        var stranger = await RawConnection.AskAsync(host, $"GET {route} HTTP/1.1");
        var operators = await RawConnection.AskAsync(host, $"GET {route} HTTP/1.1\nx-api-key: {Canary}");

        Assert.Equal((200, 200), (stranger.Status, operators.Status));
        Assert.DoesNotContain("models", stranger.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("MiniLM", stranger.Text, StringComparison.Ordinal);
        Assert.Equal(route != "/livez", operators.Body.Contains("models", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("0.0.0.0", false, 78)]
    [InlineData("::", false, 78)]
    [InlineData("0.0.0.0", true, 0)]
    public async Task Server_that_others_reach_has_a_key_or_is_told_to_do_without(string address, bool allowed, int code)
    {
        if (allowed)
        {
            await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock", "--host", address, "--set", "Http:AllowAnonymous=true"));
            Assert.Equal(200, (await RawConnection.AskAsync(host, Embed, Good)).Status);
            return;
        }

        await using var refused = BridgeProcess.Start("serve", new HostSettings("--provider", "mock", "--port", "0", "--host", address));

        Assert.Equal(code, await refused.WaitForExitAsync());
        Assert.Contains("Bridge:Http:ApiKeys", refused.Errors.Tail(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_is_in_no_log_at_any_level_and_no_worker_has_it()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings()
        {
            Environment = new Dictionary<string, string?>
            {
                ["AKIDB_BRIDGE__HTTP__APIKEYS__0"] = Canary,
                ["Logging__LogLevel__Default"] = "Trace",
                ["Logging__LogLevel__Microsoft"] = "Trace",
                ["Logging__Console__LogLevel__Default"] = "Trace",
            },
        });
        foreach (var head in (string[])
            [$"{Embed}\nx-api-key: {Canary}", $"{Embed}\nAuthorization: Bearer {Canary}", $"{Embed}\nAuthorization: Bearer {Canary}x", $"GET /api/v1/status HTTP/1.1\nx-api-key: {Canary}", $"{Embed}\nAuthorization Bearer {Canary}", $"{Embed}\nx-api-key: {Canary}\0"])
        {
            var answer = await RawConnection.AskAsync(host, head, Good);
            Assert.DoesNotContain(Canary, answer.Text, StringComparison.Ordinal);
        }

        await host.Log.WaitForAsync("trce:");
        foreach (var pid in host.Process.Family().Where(pid => pid != host.Process.Pid))
        {
            Assert.DoesNotContain(Canary, await File.ReadAllTextAsync($"/proc/{pid}/environ", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        Assert.DoesNotContain(host.Log.Lines.Concat(host.Process.Errors.Lines), line => line.Contains(Canary, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Key_of_a_file_is_read_again_when_the_file_changes_and_when_it_is_asked_for()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "key");
        await File.WriteAllTextAsync(file, "first\n", TestContext.Current.CancellationToken);
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock", "--set", $"Http:ApiKeys:0:KeyFile={file}", "--set", "Http:ApiKeys:0:Name=filed"));
        Assert.Equal(200, await StatusAsync("first"));

        await File.WriteAllTextAsync(file, "second\n", TestContext.Current.CancellationToken);

        await Eventually.TrueAsync(async () => await StatusAsync("second") == 200, "the new key lets in", host.Process.Evidence);
        Assert.Equal(401, await StatusAsync("first"));

        async Task<int> StatusAsync(string key) => (await RawConnection.AskAsync(host, $"{Embed}\nx-api-key: {key}", Good)).Status;
    }

    [Fact]
    public async Task Tokens_of_a_key_are_limited_with_when_to_try_again()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings(
            "--provider", "mock", "--set", $"Http:ApiKeys:0:Key={Canary}", "--set", "Http:ApiKeys:0:TokensPerMinute=8", "--set", "Http:ApiKeys:1=other"));
        Assert.Equal(200, (await RawConnection.AskAsync(host, $"{Embed}\nx-api-key: {Canary}", """{"inputs": ["a", "b"]}""")).Status);

        var limited = await RawConnection.AskAsync(host, $"{Embed}\nx-api-key: {Canary}", """{"inputs": ["a", "b"]}""");

        limited.CheckProblem(429, "overloaded", "TokensPerMinute");
        Assert.Contains("Retry-After: ", limited.Head, StringComparison.Ordinal);
        Assert.Equal(200, (await RawConnection.AskAsync(host, $"{Embed}\nx-api-key: other", Good)).Status);
    }

    [Theory]
    [InlineData("Content-Length: 5\r\nContent-Length: 6\r\n\r\n12345")]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/v1/status HTTP/1.1\r\n\r\n")]
    [InlineData("Content-Length : 5\r\n\r\n12345")]
    [InlineData("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("X: a\r\n Content-Length: 5\r\n\r\n12345")]
    [InlineData("X: a\nContent-Length: 5\r\n\r\n12345")]
    public async Task Request_whose_end_two_servers_could_see_differently_is_refused_and_ends_its_connection(string rest)
    {
        await using var host = await WithKeyAsync();
        using var connection = await RawConnection.OpenAsync(host);
        await connection.SendAsync($"POST /api/v1/embed HTTP/1.1\r\nHost: localhost\r\nx-api-key: {Canary}\r\nContent-Type: application/json\r\n{rest}");
        await connection.SendAsync($"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        var answer = await connection.ReadAsync();

        Assert.True(answer.Status is 400 or 411 or 415 or 501, answer.Text);
        Assert.DoesNotContain("alive", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_of_HTTP_1_0_whose_body_is_chunked_ends_its_connection()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock"));
        using var connection = await RawConnection.OpenAsync(host);
        await connection.SendAsync($"POST /api/v1/embed HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        await connection.SendAsync($"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        var answer = await connection.ReadAsync();

        Assert.Equal(400, answer.Status);
        Assert.DoesNotContain("alive", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_is_followed_and_HTTP_2_is_agreed_on()
    {
        using var folder = new TemporaryFolder();
        await using var host = await BridgeHost.StartAsync(new HostSettings(["--provider", "mock", .. Write("CN=first")]));
        Assert.Equal(("CN=first", "h2"), await ConnectAsync());

        Write("CN=second");

        await Eventually.TrueAsync(async () => (await ConnectAsync()).Subject == "CN=second", "new connections get the new certificate", host.Process.Evidence);
        using var plain = await RawConnection.OpenAsync(host);
        await plain.SendAsync("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.DoesNotContain("alive", (await plain.ReadSomeAsync()), StringComparison.Ordinal);

        string[] Write(string subject)
        {
            using var certificate = new TestCertificate(subject);
            return certificate.WriteTo(folder);
        }

        async Task<(string Subject, string Protocol)> ConnectAsync()
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, host.Client.BaseAddress!.Port, TestContext.Current.CancellationToken);
            await using var tls = new SslStream(new NetworkStream(socket), false, (_, presented, _, _) => presented is not null);
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = "localhost", ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] }, TestContext.Current.CancellationToken);
            return (tls.RemoteCertificate!.Subject, tls.NegotiatedApplicationProtocol.ToString());
        }
    }

    [Fact]
    public async Task Caller_of_a_server_with_mutual_TLS_needs_a_certificate_of_its_authority()
    {
        using var folder = new TemporaryFolder();
        using var server = new TestCertificate("CN=localhost");
        using var authority = new TestCertificate("CN=authority");
        using var friend = new TestCertificate("CN=friend", authority);
        using var stranger = new TestCertificate("CN=stranger");
        authority.WriteTo(folder, "ca");
        await using var host = await BridgeHost.StartAsync(new HostSettings(["--provider", "mock", "--set", $"Http:ClientCaFile={Path.Combine(folder.Path, "ca.crt")}", .. server.WriteTo(folder)]));

        Assert.Equal("alive", await AskAsync(friend.WithKey));
        foreach (var certificate in (X509Certificate2?[])[null, stranger.WithKey])
        {
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => AskAsync(certificate));
        }

        async Task<string> AskAsync(X509Certificate2? certificate)
        {
            using var handler = new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.Subject == "CN=localhost" } };
            if (certificate is not null)
            {
                handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
            }

            using var client = new HttpClient(handler) { BaseAddress = host.Client.BaseAddress };
            var answer = await client.GetStringAsync(new Uri("/livez", UriKind.Relative), TestContext.Current.CancellationToken);
            return answer.Contains("alive", StringComparison.Ordinal) ? "alive" : answer;
        }
    }

    [Fact]
    public async Task Page_of_an_allowed_origin_may_read_the_answers_and_no_other_may()
    {
        const string Preflight = "OPTIONS /api/v1/embed HTTP/1.1\nAccess-Control-Request-Method: POST\nAccess-Control-Request-Headers: content-type,x-api-key";
        const string Allowed = "Access-Control-Allow-Origin: https://app.example.com";
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock", "--set", $"Http:ApiKeys:0={Canary}", "--set", "Http:AllowedOrigins=https://app.example.com"));

        var asked = await RawConnection.AskAsync(host, $"{Preflight}\nOrigin: https://app.example.com");
        var answered = await RawConnection.AskAsync(host, $"{Embed}\nx-api-key: {Canary}\nOrigin: https://app.example.com", Good);
        var foreign = await RawConnection.AskAsync(host, $"{Preflight}\nOrigin: https://evil.example.com");

        Assert.Equal((204, 200), (asked.Status, answered.Status));
        Assert.Contains(Allowed, asked.Head, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(Allowed, answered.Head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Access-Control-Allow-Origin", foreign.Head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Access-Control-Allow-Origin", (await RawConnection.AskAsync(host, $"{Embed}\nx-api-key: {Canary}", Good)).Head, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Hang_up_reads_the_keys_of_the_configuration_again()
    {
        Signals.RequireHeeded(Signals.HangUp);
        using var program = new ProgramCopy();
        program.WriteText("""{"Bridge": {"Http": {"ApiKeys": ["first"]}}}""");
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock") { Program = program.Executable });
        Assert.Equal((200, 401), (await StatusAsync("first"), await StatusAsync("second")));

        program.WriteText("""{"Bridge": {"Http": {"ApiKeys": ["second"]}}}""");
        Signals.Send(host.Process.Pid, Signals.HangUp);

        await Eventually.TrueAsync(async () => await StatusAsync("second") == 200, "the new key lets in", host.Process.Evidence);
        Assert.Equal(401, await StatusAsync("first"));

        // A configuration without any key takes none away: nobody else comes in.
        program.WriteText("{}");
        Signals.Send(host.Process.Pid, Signals.HangUp);
        await host.Log.WaitForAsync("has no key any more");
        Assert.Equal((401, 200), (await StatusAsync("anybody"), await StatusAsync("second")));

        async Task<int> StatusAsync(string key) => (await RawConnection.AskAsync(host, $"{Embed}\nx-api-key: {key}", Good)).Status;
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.0.0.0/8", false)]
    public async Task Proxy_that_is_trusted_says_for_whom_it_asks(string trusted, bool isBelieved)
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock", "--set", $"Http:TrustedProxies={trusted}"));

        var forwarded = await RawConnection.AskAsync(host, "GET /api/v1/status HTTP/1.1\nX-Forwarded-For: 203.0.113.9");
        using var connection = await RawConnection.OpenAsync(host);
        await connection.SendAsync("PROXY TCP4 203.0.113.9 127.0.0.1 5000 80\r\nGET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var proxied = await connection.ReadAsync();

        // Without keys only who is on this machine sees the status, and who comes through a proxy is not, believed or not.
        Assert.Equal((403, isBelieved ? 403 : 400), (forwarded.Status, proxied.Status));
        Assert.Equal(200, (await RawConnection.AskAsync(host, "GET /api/v1/status HTTP/1.1")).Status);
    }

    [Fact]
    public async Task Ten_thousand_requests_of_one_key_do_not_hold_up_another()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx", "--set", "Http:ApiKeys:0=many", "--set", "Http:ApiKeys:1=few"));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var flood = Enumerable.Range(0, 40).Select(caller => FloodAsync(host, caller, 250, over.Token)).ToList();
        var statuses = new List<int>();
        while (flood.Exists(one => !one.IsCompleted) && statuses.Count < 20)
        {
            statuses.Add((await RawConnection.AskAsync(host, $"{Embed}\nx-api-key: few", Good)).Status);
        }

        await over.CancelAsync();
        await EndedAsync(flood);

        Assert.Equal(20, statuses.Count);
        Assert.All(statuses, status => Assert.Equal(200, status));
    }

    private static Task<BridgeHost> WithKeyAsync() => BridgeHost.StartAsync(new HostSettings("--provider", "mock", "--set", $"Http:ApiKeys:0={Canary}"));

    private static async Task FloodAsync(BridgeHost host, int caller, int count, CancellationToken cancellationToken)
    {
        for (var number = 0; number < count; number++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/embed") { Content = new StringContent($$"""{"inputs": ["{{caller}} {{number}}"]}""", Encoding.UTF8, "application/json") };
            request.Headers.Add("x-api-key", "many");
            using var response = await host.Client.SendAsync(request, cancellationToken);
        }
    }

    // How those ended that were given up does not matter.
    private static async Task EndedAsync(IEnumerable<Task> tasks) => await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
