using System.Text.Json;
using System.Text.RegularExpressions;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests.Ecosystems;

/// <summary>The document at <c>/openapi/v1.json</c>: it is valid, it names every route, and answers are what it says.</summary>
public sealed partial class OpenApiTests(PlainOnnxHost shared) : IClassFixture<PlainOnnxHost>
{
    private const string Space = "another";

    private static readonly (string Path, string Method, string? Body, string Type)[] Calls =
    [
        ("/api/v1/embed", "post", """{"inputs": ["a", "b"], "dimensions": 4}""", "application/json"),
        ("/api/v1/embed", "post", """{"inputs": ["a"], "encoding_format": "base64"}""", "application/json"),
        ("/api/v1/embed", "post", """{"inputs": 5}""", "application/json"),
        ("/api/v1/embed", "post", $$"""{"inputs": ["a"], "space": "{{Space}}"}""", "application/json"),
        ("/api/v1/embed/stream", "post", "\"a\"\n{\"id\": 1, \"text\": \"b\"}\nbad\n", "application/x-ndjson"),
        ("/api/v1/embed/stream", "post", "\"a\"", "text/plain"),
        ("/api/v1/models", "get", null, ""),
        ("/v1/embeddings", "post", """{"input": ["a", "b"], "encoding_format": "base64"}""", "application/json"),
        ("/v1/embeddings", "post", """{"input": "a", "model": "nobody"}""", "application/json"),
        ("/v1/embeddings", "post", """{"input": [[101]]}""", "application/json"),
        ("/v1/embeddings", "post", $$"""{"input": "a", "space": "{{Space}}"}""", "application/json"),
        ("/v1/models", "get", null, ""),
        ("/embed", "post", """{"inputs": ["a", "b"]}""", "application/json"),
        ("/", "post", """{"inputs": "a"}""", "application/json"),
        ("/embed", "post", """{"inputs": [[99999999]]}""", "application/json"),
        ("/embed", "post", """{"inputs": []}""", "application/json"),
        ("/embed", "post", """{"inputs": "a", "dimensions": 0}""", "application/json"),
        ("/embed", "post", "{}", "application/json"),
        ("/embed", "post", $$"""{"inputs": "a", "space": "{{Space}}"}""", "application/json"),
        ("/tokenize", "post", """{"inputs": "Hello, world"}""", "application/json"),
        ("/decode", "post", """{"ids": [[101, 7592, 102]]}""", "application/json"),
        ("/similarity", "post", """{"inputs": {"source_sentence": "a", "sentences": ["b", "c"]}}""", "application/json"),
        ("/info", "get", null, ""),
        ("/embed_sparse", "post", """{"inputs": "a"}""", "application/json"),
        ("/embed_all", "post", """{"inputs": "a"}""", "application/json"),
        ("/rerank", "post", """{"query": "a", "texts": ["b"]}""", "application/json"),
        ("/predict", "post", """{"inputs": "a"}""", "application/json"),
        ("/api/embed", "post", """{"model": "all-minilm-l6-v2", "input": ["a", "b"]}""", "application/x-www-form-urlencoded"),
        ("/api/embed", "post", """{"model": "nobody", "input": "a"}""", "application/json"),
        ("/api/embed", "post", $$"""{"model": "all-minilm-l6-v2", "input": "a", "space": "{{Space}}"}""", "application/json"),
        ("/api/embeddings", "post", """{"model": "all-minilm-l6-v2", "prompt": "a"}""", "application/json"),
        ("/api/tags", "get", null, ""),
        ("/api/version", "get", null, ""),
        ("/api/show", "post", """{"model": "all-minilm-l6-v2"}""", "application/json"),
        ("/livez", "get", null, ""),
        ("/readyz", "get", null, ""),
        ("/health", "get", null, ""),
        ("/openapi/v1.json", "get", null, ""),
    ];

    private BridgeHost Host => shared.Running;

    [Fact]
    public async Task Document_is_valid_and_answers_are_what_it_says()
    {
        var document = (await JsonAnswer.AskAsync(Host, "GET", "/openapi/v1.json")).Json;
        var answers = new List<object>();
        foreach (var (path, method, body, type) in Calls)
        {
            var answer = await JsonAnswer.AskAsync(Host, method.ToUpperInvariant(), path, body, type);
            answers.Add(new { path, method, status = answer.Status, type = answer.ContentType, body = answer.Text });
        }

        var file = Path.Combine(Directory.CreateTempSubdirectory("akidb-openapi-").FullName, "answers.json");
        try
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { document, answers }), TestContext.Current.CancellationToken);
            await NodeClient.RunAsync("openapi.mjs", new { }, file);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }

    [Fact]
    public async Task Document_names_every_route_that_is_mapped()
    {
        var document = (await JsonAnswer.AskAsync(Host, "GET", "/openapi/v1.json")).Json;
        var named = document.GetProperty("paths").EnumerateObject().Select(path => path.Name).ToHashSet();
        var mapped = Directory.EnumerateFiles(Path.Combine(TestPaths.Repository, "src", "AkiDb.Bridge.AspNetCore"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(file => Mapping().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups[1].Value.Replace("{**id}", "{id}", StringComparison.Ordinal))

            // The parts of a page are no interface.
            .Where(route => !route.StartsWith("/status-page/", StringComparison.Ordinal))
            .ToHashSet();

        Assert.True(mapped.Count > 20);
        Assert.Superset(mapped, named);
    }

    [GeneratedRegex("routes\\.(?:Get|Post|Health)\\(\"([^\"]+)\"")]
    private static partial Regex Mapping();
}
