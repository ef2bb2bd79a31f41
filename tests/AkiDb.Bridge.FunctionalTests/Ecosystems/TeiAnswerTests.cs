using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests.Ecosystems;

/// <summary>What a real text-embeddings-inference 1.9.3 answers: each of its answers is one of ours, but for those that this class names.</summary>
public sealed class TeiAnswerTests(OnnxHost shared) : IClassFixture<OnnxHost>
{
    private const float Tolerance = 1e-4f;

    private static readonly string LongText = string.Concat(Enumerable.Repeat("word ", 2_000));
    private static readonly JsonElement Rows = JsonElement.Parse(File.ReadAllBytes(Path.Combine(TestPaths.Data, "clients", "tei-answers.json")));

    // What differs by design: the request, the status, and the content type.
    private static readonly Dictionary<string, (int Status, string Type)> Ours = new()
    {
        // They only protect its engine, or show that a text may be empty.
        ["""["POST","/embed",{"inputs":""}]"""] = (200, "application/json"),
        ["""["POST","/embed",{"inputs":["hello",""]}]"""] = (200, "application/json"),
        ["""["POST","/embed",{"inputs":["x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x"]}]"""] =
            (200, "application/json"),

        // A wrong method and an unknown path are our own matter, and so is how the host is.
        ["""["GET","/embed",null]"""] = (405, "application/problem+json"),
        ["""["GET","/nothing",null]"""] = (404, "application/problem+json"),
        ["""["GET","/health",null]"""] = (200, "application/json"),

        // Vectors of single tokens are not given.
        ["""["POST","/embed_all",{"inputs":"x"}]"""] = (424, "application/json"),

        // Below /v1 everything is OpenAI's.
        ["""["POST","/v1/embeddings",{"input":"hello","model":"x"}]"""] = (404, "application/json"),
        ["""["POST","/v1/embeddings",{"input":["word word ... 10000 characters"],"model":"x"}]"""] = (404, "application/json"),
        ["""["POST","/v1/embeddings",{"input":"","model":"x"}]"""] = (404, "application/json"),
        ["""["POST","/v1/embeddings",{"model":"x"}]"""] = (400, "application/json"),
        ["""["GET","/v1/models",null]"""] = (200, "application/json"),
    };

    private BridgeHost Host => shared.Running;

    public static IEnumerable<TheoryDataRow<int>> Numbers() => Enumerable.Range(0, Rows.GetArrayLength())
        .Select(number => new TheoryDataRow<int>(number) { TestDisplayName = Shorten(JsonSerializer.Serialize(Rows[number].GetProperty("request"))) });

    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task Answer_is_what_the_real_server_says(int number)
    {
        var row = Rows[number];
        var (request, key) = (row.GetProperty("request"), JsonSerializer.Serialize(row.GetProperty("request")));
        Assert.SkipWhen(key == """["GET","/",null]""", "The page has tests of its own.");
        var differs = Ours.TryGetValue(key, out var ours);

        var answer = await AskAsync(request);

        var status = differs ? ours.Status : row.GetProperty("status").GetInt32();
        var type = differs ? ours.Type : row.GetProperty("content_type").GetString()?.Split(';')[0];
        Assert.True(status == answer.Status, $"{answer.Status}, not {status}: {Shorten(answer.Text)}");
        Assert.Equal(type, answer.ContentType);
        if (status == 200 && type is not null)
        {
            Assert.Superset(row.GetProperty("headers").EnumerateArray().Select(name => name.GetString()!).ToHashSet(), answer.Headers.Keys.ToHashSet());
        }

        if (differs)
        {
            CheckOurs(request, status, answer);
        }
        else
        {
            CheckBody(request[1].GetString()!, row.GetProperty("body"), answer);
        }
    }

    // To its parser they are no JSON, as a brace that is missing; an array where a text must be is JSON that is no request.
    [Theory]
    [InlineData("""{"inputs": "\ud800"}""", 400)]
    [InlineData("""{"inputs": ["a", "\udc00"]}""", 400)]
    [InlineData("""{"inputs": "a" """, 400)]
    [InlineData("""{"inputs": [["a"]]}""", 422)]
    public async Task Body_that_is_no_JSON_is_400_and_JSON_that_is_no_request_422(string body, int status)
    {
        var answer = await JsonAnswer.AskAsync(Host, "POST", "/embed", body);

        Assert.Equal((status, "text/plain"), (answer.Status, answer.ContentType));
        Assert.DoesNotContain("before it", answer.Text, StringComparison.Ordinal);
    }

    private async Task<JsonAnswer> AskAsync(JsonElement request)
    {
        var body = request[2] switch
        {
            { ValueKind: JsonValueKind.Null } => null,
            { ValueKind: JsonValueKind.String } text => text.GetString(),
            { } json => json.GetRawText().Replace("word word ... 10000 characters", LongText, StringComparison.Ordinal),
        };
        return await JsonAnswer.AskAsync(Host, request[0].GetString()!, request[1].GetString()!, body);
    }

    private static void CheckOurs(JsonElement request, int status, JsonAnswer answer)
    {
        if (request[1].GetString()!.StartsWith("/v1/", StringComparison.Ordinal) && status >= 400)
        {
            var error = answer.Json.GetProperty("error");
            Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
            Assert.Equal(status == 404 ? "model_not_found" : null, error.GetProperty("code").GetString());
        }
        else if (status == 424)
        {
            Assert.Equal("Backend", answer.Json.GetProperty("error_type").GetString());
        }
        else if (request[0].GetString() == "POST" && request[2].GetProperty("inputs") is { ValueKind: JsonValueKind.Array } inputs)
        {
            Assert.Equal(inputs.GetArrayLength(), answer.Json.GetArrayLength());
        }
    }

    private static void CheckBody(string path, JsonElement expected, JsonAnswer answer)
    {
        switch (path)
        {
            case "/info":
                Assert.Equal(expected.EnumerateObject().Select(member => member.Name), answer.Json.EnumerateObject().Select(member => member.Name));
                Assert.Equal(("mean", 256), (answer.Json.GetProperty("model_type").GetProperty("embedding").GetProperty("pooling").GetString(), answer.Json.GetProperty("max_input_length").GetInt32()));
                break;
            case "/health":
                break;
            default:
                if (answer.ContentType == "text/plain")
                {
                    // Its sentence describes its parser.
                    Assert.NotEmpty(answer.Text);
                }
                else
                {
                    CheckSame("$", expected, answer.Json);
                }

                break;
        }
    }

    // Numbers are the model's; what is abbreviated in the record is compared by its length.
    private static void CheckSame(string path, JsonElement expected, JsonElement actual)
    {
        if (expected.ValueKind == JsonValueKind.String && expected.GetString()!.EndsWith(" numbers", StringComparison.Ordinal))
        {
            Assert.Equal(expected.GetString(), $"{actual.GetArrayLength()} numbers");
        }
        else if (expected.ValueKind == JsonValueKind.String && expected.GetString()!.EndsWith(" characters", StringComparison.Ordinal))
        {
            var text = actual.GetString()!;
            Assert.True(text.StartsWith(expected.GetString()![..7], StringComparison.Ordinal) || expected.GetString()!.EndsWith($"... {text.Length} characters", StringComparison.Ordinal), text);
        }
        else if (expected.ValueKind == JsonValueKind.Object)
        {
            Assert.Equal(expected.EnumerateObject().Select(member => member.Name).Order(), actual.EnumerateObject().Select(member => member.Name).Order());
            Assert.All(expected.EnumerateObject(), member => CheckSame($"{path}.{member.Name}", member.Value, actual.GetProperty(member.Name)));
        }
        else if (expected.ValueKind == JsonValueKind.Array)
        {
            Assert.Equal(expected.GetArrayLength(), actual.GetArrayLength());
            Assert.All(expected.EnumerateArray().Select((value, index) => (value, index)), item => CheckSame($"{path}[{item.index}]", item.value, actual[item.index]));
        }
        else if (expected.ValueKind == JsonValueKind.Number && !expected.TryGetInt64(out _))
        {
            Assert.InRange(actual.GetSingle(), expected.GetSingle() - Tolerance, expected.GetSingle() + Tolerance);
        }
        else if (expected.GetRawText() != "\"NAME\"")
        {
            Assert.True(expected.GetRawText() == actual.GetRawText(), $"{path} is {actual.GetRawText()}, not {expected.GetRawText()}");
        }
    }

    private static string Shorten(string text) => text.Length > 150 ? text[..150] + "..." : text;
}
