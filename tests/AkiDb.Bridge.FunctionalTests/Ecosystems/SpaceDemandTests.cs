using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests.Ecosystems;

/// <summary>The space that a caller's index was built in is a demand: it is answered in exactly that one, on every route.</summary>
public sealed class SpaceDemandTests(PlainOnnxHost shared) : IClassFixture<PlainOnnxHost>
{
    private const string Header = "X-Embedding-Space";

    private BridgeHost Host => shared.Running;

    public static TheoryData<string, string, string> Routes() => new()
    {
        { "/api/v1/embed", """{"inputs": ["a"], """, "code" },
        { "/v1/embeddings", """{"input": "a", """, "error.code" },
        { "/embed", """{"inputs": "a", """, "error_type" },
        { "/", """{"inputs": "a", """, "error_type" },
        { "/similarity", """{"inputs": {"source_sentence": "a", "sentences": ["b"]}, """, "error_type" },
        { "/api/embed", """{"model": "all-MiniLM-L6-v2", "input": "a", """, "code" },
        { "/api/embeddings", """{"model": "all-MiniLM-L6-v2", "prompt": "a", """, "code" },
    };

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Demand_is_met_or_refused_with_both_spaces(string route, string body, string code)
    {
        var space = (await JsonAnswer.AskAsync(Host, "POST", route, $$"""{{body}}"space": null}""")).Headers[Header.ToLowerInvariant()];
        var another = space.Replace("dim=384", "dim=383", StringComparison.Ordinal);
        Assert.NotEqual(space, another);

        foreach (var met in new[] { space, space.Replace(";precision=float32", "", StringComparison.Ordinal) })
        {
            Assert.Equal(200, (await JsonAnswer.AskAsync(Host, "POST", route, $$"""{{body}}"space": "{{met}}"}""")).Status);
            Assert.Equal(200, (await JsonAnswer.AskAsync(Host, "POST", route, $$"""{{body}}"space": null}""", "application/json", (Header, met))).Status);
        }

        foreach (var unmet in new[] { another, space.Replace("precision=float32", "precision=bfloat16", StringComparison.Ordinal), "nonsense" })
        {
            foreach (var refused in new[]
            {
                await JsonAnswer.AskAsync(Host, "POST", route, $$"""{{body}}"space": "{{unmet}}"}"""),
                await JsonAnswer.AskAsync(Host, "POST", route, $$"""{{body}}"space": null}""", "application/json", (Header, unmet)),
            })
            {
                Assert.Equal(409, refused.Status);
                Assert.Equal("space_mismatch", code.Split('.').Aggregate(refused.Json, (json, member) => json.GetProperty(member)).GetString());
                Assert.Contains(unmet, refused.Text, StringComparison.Ordinal);
                Assert.Contains(space, refused.Text, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task What_the_request_asks_for_is_part_of_the_space()
    {
        var whole = (await Host.EmbedAsync(new { inputs = new[] { "a" } })).Space;
        var few = (await Host.EmbedAsync(new { inputs = new[] { "a" }, dimensions = 16 })).Space;

        Assert.Equal(409, (await JsonAnswer.PostAsync(Host, "/api/v1/embed", new { inputs = new[] { "a" }, dimensions = 16, space = whole })).Status);
        Assert.Equal(200, (await JsonAnswer.PostAsync(Host, "/api/v1/embed", new { inputs = new[] { "a" }, dimensions = 16, space = few })).Status);
        Assert.Equal(409, (await JsonAnswer.PostAsync(Host, "/api/v1/embed", new { inputs = new[] { "a" }, prompt = "query: ", space = whole })).Status);
        Assert.Equal(409, (await JsonAnswer.PostAsync(Host, "/api/v1/embed", new { inputs = new[] { "a" }, normalize = false, space = whole })).Status);
    }

    [Fact]
    public async Task Host_is_ready_for_exactly_the_space_that_it_serves()
    {
        var space = (await Host.EmbedAsync(new { inputs = new[] { "a" } })).Space;
        var another = space.Replace("weights=", "weights=0", StringComparison.Ordinal);

        Assert.Equal(200, (await JsonAnswer.AskAsync(Host, "GET", "/readyz?space=" + Uri.EscapeDataString(space))).Status);
        Assert.Equal(200, (await JsonAnswer.AskAsync(Host, "GET", "/readyz", null, null, (Header, space))).Status);
        Assert.Equal(503, (await JsonAnswer.AskAsync(Host, "GET", "/readyz?space=" + Uri.EscapeDataString(another))).Status);
        Assert.Equal(503, (await JsonAnswer.AskAsync(Host, "GET", "/readyz", null, null, (Header, another))).Status);
        Assert.Equal(503, (await JsonAnswer.AskAsync(Host, "GET", "/readyz?space=" + Uri.EscapeDataString(space.Replace("dim=384", "dim=16", StringComparison.Ordinal)))).Status);
        Assert.Equal(200, (await JsonAnswer.AskAsync(Host, "GET", "/readyz?dimensions=16&space=" + Uri.EscapeDataString(space.Replace("dim=384", "dim=16", StringComparison.Ordinal)))).Status);
    }

    [Fact]
    public async Task Demands_of_header_and_body_must_not_differ() => Assert.Equal(
        400, (await JsonAnswer.AskAsync(Host, "POST", "/api/v1/embed", """{"inputs": ["a"], "space": "one"}""", "application/json", (Header, "another"))).Status);
}
