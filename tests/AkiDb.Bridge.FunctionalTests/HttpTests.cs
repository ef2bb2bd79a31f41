using System.IO.Compression;
using System.Text;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>HTTP as clients really speak it.</summary>
public sealed class HttpTests(MockHost shared) : IClassFixture<MockHost>
{
    private const string Embed = "POST /api/v1/embed HTTP/1.1\nContent-Type: application/json";
    private const string Good = """{"inputs": ["a"]}""";

    private BridgeHost Host => shared.Running;

    [Theory]
    [InlineData("/livez")]
    [InlineData("/readyz")]
    [InlineData("/health")]
    [InlineData("/api/v1/models")]
    [InlineData("/api/v1/status")]
    [InlineData("/metrics")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/v1/models")]
    [InlineData("/api/tags")]
    [InlineData("/api/version")]
    [InlineData("/info")]
    [InlineData("/")]
    [InlineData("/status-page/page.css")]
    [InlineData("/status-page/page.js")]
    [InlineData("/status-page/events")]
    public async Task Head_is_answered_as_get_is_without_the_body(string route)
    {
        var answer = await RawConnection.AskAsync(Host, $"HEAD {route} HTTP/1.1");

        Assert.Equal((200, ""), (answer.Status, answer.Body));
    }

    [Theory]
    [InlineData("application/x-msgpack;q=0, application/json", "application/json")]
    [InlineData("application/x-msgpack;q=0.1, application/json;q=0.9", "application/json")]
    [InlineData("application/json;q=0.1, application/msgpack", "application/x-msgpack")]
    public async Task Weights_of_accept_decide(string accept, string type)
    {
        var answer = await RawConnection.AskAsync(Host, $"{Embed}\nAccept: {accept}", Good);

        Assert.Equal(200, answer.Status);
        Assert.Contains($"Content-Type: {type}", answer.Head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"inputs": ["a"], "texts": null}""")]
    [InlineData("""{"texts": ["a"], "inputs": null}""")]
    [InlineData("\uFEFF{\"inputs\": [\"a\"]}")]
    public async Task Body_as_some_clients_write_it_is_understood(string body) => Assert.Equal(200, (await RawConnection.AskAsync(Host, Embed, body)).Status);

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate, gzip")]
    public async Task Compressed_body_is_refused_by_the_name_of_its_coding(string coding) =>
        (await RawConnection.AskAsync(Host, $"{Embed}\nContent-Encoding: {coding}", Good)).CheckProblem(415, "unsupported_media_type", $"'{coding}'");

    [Fact]
    public async Task Really_compressed_body_is_refused_too()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(Good));
        }

        using var connection = await RawConnection.OpenAsync(Host);
        await connection.SendAsync($"POST /api/v1/embed HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {packed.Length}\r\n\r\n");
        await connection.SendAsync(packed.ToArray());

        (await connection.ReadAsync()).CheckProblem(415, "unsupported_media_type", "'gzip'");
    }

    [Theory]
    [InlineData("POST /api/v1/embed HTTP/1.1", "no Content-Type")]
    [InlineData("POST /api/v1/embed HTTP/1.1\nContent-Type: application/json; charset=utf-16", "'utf-16'")]
    [InlineData("POST /api/v1/embed HTTP/1.1\nContent-Type: text/plain", "'text/plain'")]
    public async Task Body_that_is_not_said_to_be_JSON_is_refused(string head, string sentence) =>
        (await RawConnection.AskAsync(Host, head, Good)).CheckProblem(415, "unsupported_media_type", sentence);

    [Theory]
    [InlineData("GET /nothing HTTP/1.1", "'/nothing'")]
    [InlineData("GET /nothing HTTP/1.1\nAccept: text/html", "'/nothing'")]
    [InlineData("POST /v2/embed HTTP/1.1\nContent-Type: application/json", "'/v2/embed'")]
    public async Task Route_that_there_is_none_of_is_said_with_a_code(string head, string sentence) =>
        (await RawConnection.AskAsync(Host, head, Good)).CheckProblem(404, "not_found", sentence);

    [Theory]
    [InlineData("POST /embeddings HTTP/1.1")]
    [InlineData("POST /v1/chat/completions HTTP/1.1")]
    [InlineData("POST /openai/deployments/some-model/embeddings?api-version=2024-10-21 HTTP/1.1\napi-key: none")]
    public async Task Path_that_clients_of_OpenAI_ask_for_by_mistake_is_a_problem_with_the_member_that_they_read(string head)
    {
        var answer = await RawConnection.AskAsync(Host, $"{head}\nContent-Type: application/json", Good);

        answer.CheckProblem(404, "not_found", "/v1/embeddings");
        var error = JsonElement.Parse(answer.Body).GetProperty("error");
        Assert.Equal(("invalid_request_error", "not_found"), (error.GetProperty("type").GetString(), error.GetProperty("code").GetString()));
        Assert.Equal(JsonElement.Parse(answer.Body).GetProperty("detail").GetString(), error.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("ffffffffffffffff")]
    [InlineData("80000000")]
    [InlineData("xyz")]
    public async Task Chunk_size_that_is_none_is_a_bad_request(string size)
    {
        using var connection = await RawConnection.OpenAsync(Host);
        await connection.SendAsync($"POST /api/v1/embed HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{size}\r\nxx");
        connection.EndSending();

        var answer = await connection.ReadAsync();

        Assert.Equal(400, answer.Status);
        Assert.Contains("\"code\":\"bad_request\"", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /api/v1/status HTTP/1.1\nHost: evil.example.com", "forbidden_host")]
    [InlineData("POST /api/v1/embed HTTP/1.1\nHost: evil.example.com:8080\nContent-Type: application/json", "forbidden_host")]
    [InlineData("GET /livez HTTP/1.1\nHost: evil.example.com", "forbidden_host")]
    [InlineData("POST /api/v1/workers/0/restart HTTP/1.1\nOrigin: https://evil.example.com", "forbidden_origin")]
    [InlineData("POST /api/v1/workers/0/restart HTTP/1.1\nOrigin: null", "forbidden_origin")]
    public async Task Web_page_of_somebody_else_may_not_ask(string head, string code) =>
        (await RawConnection.AskAsync(Host, head, Good)).CheckProblem(403, code, "AllowedHosts");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_that_sends_all_of_an_over_long_body_before_it_reads_gets_the_refusal(bool announced)
    {
        const int Length = 100 << 20;
        using var connection = await RawConnection.OpenAsync(Host);
        var length = announced ? $"Content-Length: {Length}\r\n\r\n" : $"Transfer-Encoding: chunked\r\n\r\n{Length:x}\r\n";
        await connection.SendAsync($"POST /api/v1/embed HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n{length}");
        var piece = new byte[1 << 20];
        for (var sent = 0; sent < Length; sent += piece.Length)
        {
            await connection.SendAsync(piece);
        }

        await connection.SendAsync(announced ? "" : "\r\n0\r\n\r\n");

        (await connection.ReadAsync()).CheckProblem(413, "too_large", "MaxBodyBytes");
    }

    [Theory]
    [InlineData("POST /api/v1/embed HTTP/1.1\r\nContent-Type: text/plain", 415)]
    [InlineData("POST /v1/embeddings HTTP/1.1\r\nContent-Type: application/json\r\nContent-Encoding: gzip", 415)]
    [InlineData("POST /embed HTTP/1.1\r\nContent-Type: application/json\r\nOrigin: https://evil.example.com", 403)]
    [InlineData("PUT /v1/embeddings HTTP/1.1\r\nContent-Type: application/json", 405)]
    [InlineData("POST /embeddings HTTP/1.1\r\nContent-Type: application/json", 404)]
    public async Task Client_that_is_refused_by_its_head_and_sends_all_of_a_large_body_before_it_reads_gets_the_refusal(string head, int status)
    {
        const int Length = 100 << 20;
        using var connection = await RawConnection.OpenAsync(Host);
        await connection.SendAsync($"{head}\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {Length}\r\n\r\n");
        var piece = new byte[1 << 20];
        for (var sent = 0; sent < Length; sent += piece.Length)
        {
            await connection.SendAsync(piece);
        }

        Assert.Equal(status, (await connection.ReadAsync()).Status);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(500)]
    public async Task Half_closed_client_gets_its_answer(int inputs)
    {
        using var connection = await RawConnection.OpenAsync(Host);
        await connection.SendAsync(RawConnection.RequestOf(Embed, $$"""{"inputs": [{{string.Join(',', Enumerable.Range(0, inputs).Select(input => $"\"text {input}\""))}}]}"""));
        connection.EndSending();

        var answer = await connection.ReadAsync();

        Assert.Equal((200, false), (answer.Status, answer.WasReset));
        Assert.Contains("\"degraded\":", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Length: 100\r\n\r\n{\"inputs\": [\"a\"")]
    [InlineData("Content-Length: 100\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nff\r\n{\"inputs\"")]
    public async Task Half_closed_client_whose_body_is_broken_off_is_told(string rest)
    {
        using var connection = await RawConnection.OpenAsync(Host);
        await connection.SendAsync($"{Embed.ReplaceLineEndings("\r\n")}\r\nHost: localhost\r\n{rest}");
        connection.EndSending();

        (await connection.ReadAsync()).CheckProblem(400, "bad_request", "last byte");
    }

    [Fact]
    public async Task Pipelined_requests_before_a_half_close_are_all_answered()
    {
        using var connection = await RawConnection.OpenAsync(Host);
        const string Request = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
        await connection.SendAsync(Request + Request + Request);
        connection.EndSending();

        var answer = await connection.ReadAsync();

        Assert.Equal(3, answer.Text.Split("HTTP/1.1 200 OK").Length - 1);
        Assert.Equal(3, answer.Text.Split("{\"status\":\"alive\"}").Length - 1);
    }

    [Fact]
    public async Task Client_that_resets_in_the_middle_leaves_no_stack_trace_in_the_log()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock"));
        for (var number = 0; number < 8; number++)
        {
            using var body = await RawConnection.OpenAsync(host);
            await body.SendAsync($"{Embed.ReplaceLineEndings("\r\n")}\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{{\"inputs\": [\"a\"");
            using var chunked = await RawConnection.OpenAsync(host);
            await chunked.SendAsync($"{Embed.ReplaceLineEndings("\r\n")}\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{{\"inputs\"");
            using var answer = await RawConnection.OpenAsync(host);
            await answer.SendAsync(RawConnection.RequestOf(Embed, $$"""{"inputs": [{{string.Join(',', Enumerable.Repeat("\"\"", 2_000))}}]}"""));
            await Eventually.TrueAsync(async () => (await host.StatusAsync()).State == "ready", "the host answers", host.Process.Evidence);
            body.Reset();
            chunked.Reset();
            answer.Reset();
        }

        await host.EmptyAsync();
        await host.EmbedAsync("as usual");
        Assert.Equal(0, await host.StopAsync());
        Assert.DoesNotContain(host.Log.Lines, line => line.Contains("   at ", StringComparison.Ordinal) || line.StartsWith("fail:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"inputs": ["a"], "model": "?"}""", 404, "unknown_model")]
    [InlineData("""{"inputs": ["a"], "pooling": "?"}""", 400, "bad_input")]
    [InlineData("""{"inputs": ["a"], "prompt_name": "?"}""", 400, "bad_input")]
    [InlineData("""{"inputs": ["a"], "timeout": "?"}""", 400, "bad_input")]
    [InlineData("""{"inputs": ["a"], "?": 1}""", 400, "bad_input")]
    public async Task Name_of_a_request_is_shortened_in_the_answer(string body, int status, string code) =>
        (await RawConnection.AskAsync(Host, Embed, body.Replace("?", new string('é', 8_000_000), StringComparison.Ordinal))).CheckProblem(status, code, "é...");

    [Theory]
    [InlineData("GET /readyz HTTP/1.1")]
    [InlineData("GET /health HTTP/1.1")]
    [InlineData("GET /api/v1/status HTTP/1.1")]
    public async Task Paths_of_the_machine_are_for_those_who_are_on_it(string head)
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--fallback", "off") { Python = "/nowhere/at all/secret/python3" });
        await host.Log.WaitForAsync("worker:0 cannot work");

        var here = await RawConnection.AskAsync(host, head);
        var elsewhere = await RawConnection.AskAsync(host, $"{head}\nX-Forwarded-For: 203.0.113.9");

        var refused = await RawConnection.AskAsync(host, $"{Embed}\nX-Forwarded-For: 203.0.113.9", """{"inputs": ["a"]}""");

        Assert.Contains("/nowhere/at all/secret/python3", here.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", elsewhere.Body, StringComparison.Ordinal);

        // Why there is no engine is told; where it would lie is not.
        refused.CheckProblem(503, "no_engine", "python3");
        Assert.DoesNotContain("secret", refused.Body, StringComparison.Ordinal);

        // What the policy does not let answer does not make it ready.
        Assert.Equal(head.Contains("status", StringComparison.Ordinal) ? 200 : 503, here.Status);
    }
}
