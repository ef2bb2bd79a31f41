using System.Net;
using System.Net.Http.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>More than the engines can do: refused at once, and nothing is lost or held for those who have left.</summary>
public sealed class OverloadTests
{
    private static readonly string Long = string.Join(' ', Enumerable.Repeat("word", 200));

    [Fact]
    public async Task Full_bridge_refuses_with_the_time_to_come_back_and_answers_those_it_took()
    {
        await using var host = await StartAsync("--set", "Admission:MaxTokens=2000");

        // 202 tokens each: ten fit at once.
        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(async text =>
        {
            using var response = await host.PostAsync(new { inputs = new[] { $"{text} {Long}" } });
            return (response.StatusCode, RetryAfter: response.Headers.RetryAfter?.Delta);
        }));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.TooManyRequests], answers.Select(answer => answer.StatusCode).Distinct().Order());
        Assert.True(answers.Count(answer => answer.StatusCode == HttpStatusCode.OK) >= 9);
        Assert.All(answers.Where(answer => answer.StatusCode == HttpStatusCode.TooManyRequests), answer => Assert.True(answer.RetryAfter >= TimeSpan.FromSeconds(1)));
        await host.EmptyAsync();
        await host.EmbedAsync("as usual");
    }

    [Fact]
    public async Task Client_that_disconnects_gives_its_permits_back()
    {
        await using var host = await StartAsync();
        using var leave = new CancellationTokenSource();
        var large = host.Client.PostAsJsonAsync(
            new Uri("/api/v1/embed", UriKind.Relative), new { inputs = Enumerable.Range(0, 2_000).Select(text => $"{text} {Long}") }, leave.Token);
        await Eventually.TrueAsync(async () => (await host.StatusAsync()).AdmittedTokens > 100_000, "the request is admitted", host.Process.Evidence);

        await leave.CancelAsync();

        // Computing 400,000 tokens takes longer than anybody waits for here.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        await host.EmptyAsync();
        await host.EmbedAsync("as usual");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Request_out_of_time_is_answered_when_it_is_and_leaves_nothing_behind(bool header)
    {
        await using var host = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/v1/embed", UriKind.Relative))
        {
            Content = JsonContent.Create(new { inputs = Enumerable.Range(0, 500).Select(text => $"{text} {Long}"), timeout = header ? null : "300ms" }),
        };
        if (header)
        {
            request.Headers.Add("X-Request-Timeout-Ms", "300");
        }

        using var response = await host.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(504, (await Problem.ReadAsync(response)).Status);
        await host.EmptyAsync();
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("soon")]
    public async Task Timeout_header_that_is_none_is_a_bad_request(string value)
    {
        await using var host = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/v1/embed", UriKind.Relative)) { Content = JsonContent.Create(new { inputs = new[] { "a" } }) };
        request.Headers.TryAddWithoutValidation("X-Request-Timeout-Ms", value);

        using var response = await host.Client.SendAsync(request, TestContext.Current.CancellationToken);

        var problem = await Problem.ReadAsync(response);
        Assert.Equal(400, problem.Status);
        Assert.Contains("milliseconds", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Short_request_overtakes_bulk_work()
    {
        await using var host = await StartAsync();
        var bulk = host.EmbedAsync(new { inputs = Enumerable.Range(0, 300).Select(text => $"{text} {Long}"), priority = "bulk" });
        await Eventually.TrueAsync(async () => (await host.StatusAsync()).AdmittedTokens > 10_000, "the bulk work is admitted", host.Process.Evidence);

        await host.EmbedAsync("a short one");

        Assert.False(bulk.IsCompleted, "The bulk work was over before the short request.");
        Assert.Equal(300, (await bulk).Vectors.Length);
    }

    [Fact]
    public async Task More_than_can_be_computed_is_refused_while_it_goes_on_and_no_longer()
    {
        // One client with thousands of connections at once: here it is not the door that turns it away.
        await using var host = await StartAsync("--set", "Http:MaxConnections=50000");

        // These show the bridge how fast it is.
        await Task.WhenAll(Enumerable.Range(0, 64).Select(text => RefusalAsync(host, $"{text} {Long}")));

        var answers = new List<Task<Problem?>>();
        await Eventually.TrueAsync(
            async () =>
            {
                answers.AddRange(Enumerable.Range(1_000 + answers.Count, Math.Max(8, answers.Count / 8)).Select(text => RefusalAsync(host, $"{text} {Long}")));
                return (await host.StatusAsync()).Overloaded;
            },
            "the bridge sees that more comes than it can compute",
            host.Process.Evidence);
        answers.AddRange(Enumerable.Range(0, 64).Select(text => RefusalAsync(host, $"{text} {Long}")));
        var refusals = (await Task.WhenAll(answers)).OfType<Problem>().ToList();
        Assert.All(refusals, refusal => Assert.Equal(429, refusal.Status));
        Assert.Contains(refusals, refusal => refusal.Detail.Contains("More comes than can be computed", StringComparison.Ordinal));

        await host.EmptyAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                await host.EmbedAsync("as usual");
                return !(await host.StatusAsync()).Overloaded;
            },
            "the overload is over",
            host.Process.Evidence);
    }

    private static async Task<Problem?> RefusalAsync(BridgeHost host, string text)
    {
        using var response = await host.PostAsync(new { inputs = new[] { text } });
        return response.IsSuccessStatusCode ? null : await Problem.ReadAsync(response);
    }

    // Without workers: the in-process engine is there at once.
    private static async Task<BridgeHost> StartAsync(params string[] arguments)
    {
        var host = await BridgeHost.StartAsync(new HostSettings(["--provider", "onnx", "--set", "Dispatch:Timeout=5m", .. arguments]));
        await host.EmbedAsync("warm");
        return host;
    }
}
