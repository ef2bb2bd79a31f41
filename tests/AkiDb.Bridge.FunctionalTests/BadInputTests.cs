using System.Net;
using System.Net.Sockets;
using System.Text;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Bad requests: the right status, a sentence that helps, and the next good request works.</summary>
[Collection(SharedMiniLM.Name)]
public sealed class BadInputTests(MiniLMHost shared)
{
    private static readonly int[] Few = [0, 1, 2, 3];

    public static TheoryData<string, string, int, string> Bodies { get; } = new()
    {
        { "no body", "", 400, "no body" },
        { "broken JSON", """{"inputs": ["a" """, 400, "not valid JSON" },
        { "JSON with a comment", """{"inputs": ["a"] /* here */}""", 400, "not valid JSON" },
        { "two values", """{"inputs": ["a"]} {}""", 400, "not valid JSON" },
        { "invalid UTF-16 escape", """{"inputs": ["\ud800"]}""", 400, "surrogate" },
        { "invalid UTF-16 escape in a later input", """{"inputs": ["fine", "\udc00 \ud83d"]}""", 400, "inputs[1]" },
        { "invalid UTF-16 escape in the model", """{"inputs": ["a"], "model": "\ud800"}""", 400, "surrogate" },
        { "an array", """["a"]""", 400, "an array" },
        { "null", "null", 400, "null" },
        { "no inputs", "{}", 400, "no 'inputs'" },
        { "empty list", """{"inputs": []}""", 400, "empty" },
        { "inputs null", """{"inputs": null}""", 400, "null" },
        { "inputs a string", """{"inputs": "a"}""", 400, "array of strings" },
        { "a number", """{"inputs": ["a", 7]}""", 400, "inputs[1] is the number 7" },
        { "a null input", """{"inputs": [null]}""", 400, "inputs[0] is null" },
        { "a nested list", """{"inputs": [["a"]]}""", 400, "inputs[0] is an array" },
        { "inputs and texts", """{"inputs": ["a"], "texts": ["a"]}""", 400, "both" },
        { "unknown member", """{"inputs": ["a"], "normalise": true}""", 400, "'normalise' is not a member" },
        { "duplicate member", """{"inputs": ["a"], "inputs": ["b"]}""", 400, "twice" },
        { "wrong type of a flag", """{"inputs": ["a"], "truncate": "no"}""", 400, "true or false" },
        { "wrong type of a number", """{"inputs": ["a"], "dimensions": 1.5}""", 400, "whole number" },
        { "unknown policy", """{"inputs": ["a"], "fallback": "maybe"}""", 400, "same-space, any, off" },
        { "unknown encoding", """{"inputs": ["a"], "encoding_format": "hex"}""", 400, "float, base64" },
        { "unknown model", """{"inputs": ["a"], "model": "gpt"}""", 404, "sentence-transformers/all-MiniLM-L6-v2" },
        { "another pooling", """{"inputs": ["a"], "pooling": "cls"}""", 400, "'mean'" },
        { "unknown prompt", """{"inputs": ["a"], "prompt_name": "query"}""", 400, "'query'" },
        { "too many dimensions", """{"inputs": ["a"], "dimensions": 385}""", 400, "384" },
        { "no dimensions", """{"inputs": ["a"], "dimensions": 0}""", 400, "1 to 384" },
        { "too long without truncation", $$"""{"inputs": ["{{new string('a', 20_000).Replace("aa", "a ", StringComparison.Ordinal)}}"], "truncate": false}""", 422, "256" },
        { "10,000 inputs", $$"""{"inputs": [{{string.Join(',', Enumerable.Repeat("\"a\"", 10_000))}}]}""", 413, "10000" },
        { "a very long input", $$"""{"inputs": ["{{new string('a', 1_100_000)}}"]}""", 413, "1100000" },
        { "deep nesting", $$"""{"inputs": {{new string('[', 20_000)}}{{new string(']', 20_000)}}}""", 400, "not valid JSON" },
        { "a vast number", $$"""{"inputs": [{{new string('9', 100_000)}}]}""", 400, "number" },
    };

    [Theory]
    [MemberData(nameof(Bodies), DisableDiscoveryEnumeration = true)]
    public async Task Bad_body_is_refused_with_a_sentence_and_the_next_good_request_works(string what, string body, int status, string sentence)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await shared.Running.Client.PostAsync(new Uri("/api/v1/embed", UriKind.Relative), content, TestContext.Current.CancellationToken);
        var problem = await Problem.ReadAsync(response);
        Assert.True(problem.Status == status, $"{what}: {problem}");
        Assert.Contains(sentence, problem.Detail, StringComparison.Ordinal);
        Assert.InRange(problem.Detail.Length, 10, 1000);
        await CheckGoodAsync();
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF_8_are_refused()
    {
        byte[] body = [.. """{"inputs": [" """u8, 0xff, 0xfe, .. "\"]}"u8];
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        using var response = await shared.Running.Client.PostAsync(new Uri("/api/v1/embed", UriKind.Relative), content, TestContext.Current.CancellationToken);
        Assert.Equal(400, (await Problem.ReadAsync(response)).Status);
        await CheckGoodAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_of_100_MB_is_refused(bool announced)
    {
        using var content = new StreamContent(new MemoryStream(new byte[100 << 20]));
        content.Headers.ContentType = new("application/json");
        using var message = new HttpRequestMessage(HttpMethod.Post, "/api/v1/embed") { Content = content };
        message.Headers.TransferEncodingChunked = !announced;

        // A well-behaved client asks first: the refusal then comes before the body, and is not lost when the connection closes.
        message.Headers.ExpectContinue = true;
        try
        {
            using var response = await shared.Running.Client.SendAsync(message, TestContext.Current.CancellationToken);
            var problem = await Problem.ReadAsync(response);
            Assert.Equal(413, problem.Status);
            Assert.Contains("MaxBodyBytes", problem.Detail, StringComparison.Ordinal);
        }
        catch (HttpRequestException error) when (!announced && error.InnerException is IOException)
        {
            // Without a length the server can only hang up in the middle of the body, and the client may see that before the answer.
        }

        await CheckGoodAsync();
    }

    [Fact]
    public async Task Wrong_content_type_is_refused()
    {
        using var content = new StringContent("inputs=a", Encoding.UTF8, "application/x-www-form-urlencoded");
        using var response = await shared.Running.Client.PostAsync(new Uri("/api/v1/embed", UriKind.Relative), content, TestContext.Current.CancellationToken);
        var problem = await Problem.ReadAsync(response);
        Assert.Equal(415, problem.Status);
        Assert.Contains("application/json", problem.Detail, StringComparison.Ordinal);
        await CheckGoodAsync();
    }

    [Theory]
    [InlineData("GET", "/api/v1/embed", "POST")]
    [InlineData("DELETE", "/readyz", "GET", "HEAD")]
    public async Task Wrong_method_is_refused_with_the_right_one(string method, string path, string right, params string[] alsoRight)
    {
        using var message = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await shared.Running.Client.SendAsync(message, TestContext.Current.CancellationToken);
        var problem = await Problem.ReadAsync(response);
        Assert.Equal(405, problem.Status);
        Assert.Contains(right, problem.Detail, StringComparison.Ordinal);
        Assert.Equal([right, .. alsoRight], response.Content.Headers.Allow);
        await CheckGoodAsync();
    }

    [Fact]
    public async Task Client_that_leaves_in_the_middle_harms_nobody()
    {
        var host = shared.Running;
        for (var i = 0; i < 8; i++)
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, host.Client.BaseAddress!.Port, TestContext.Current.CancellationToken);
            var half = "POST /api/v1/embed HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"inputs\": [\"a\""u8;
            await socket.GetStream().WriteAsync(half.ToArray(), TestContext.Current.CancellationToken);
            socket.LingerState = new LingerOption(true, 0);
        }

        using (var gone = new CancellationTokenSource())
        {
            var requests = Enumerable.Range(0, 4).Select(_ => host.Client.PostAsync(
                new Uri("/api/v1/embed", UriKind.Relative), System.Net.Http.Json.JsonContent.Create(new { inputs = Reference.Texts.Take(64) }), gone.Token)).ToList();
            await CheckGoodAsync();
            await gone.CancelAsync();
            await Task.WhenAll(requests).ContinueWith(_ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        await CheckGoodAsync();
        Assert.Equal("ready", (await host.ReadinessAsync()).Status);
    }

    private async Task CheckGoodAsync() => Reference.MiniLM.Check((await shared.Running.EmbedAsync(Reference.TextsAt(Few))).Vectors, Few);
}
