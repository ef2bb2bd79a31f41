using System.Text.Json;
using System.Text.Json.Nodes;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests.Ecosystems;

/// <summary>What openai, LangChain, LlamaIndex, huggingface_hub and LiteLLM send, byte for byte: each gets what it reads vectors from.</summary>
public sealed class RealClientRequestTests(OnnxHost shared) : IClassFixture<OnnxHost>
{
    private const string ServedModel = "all-MiniLM-L6-v2";
    private static readonly JsonElement Traces = JsonElement.Parse(File.ReadAllBytes(Path.Combine(TestPaths.Data, "clients", "real-client-requests.json")));

    private BridgeHost Host => shared.Running;

    public static IEnumerable<TheoryDataRow<int>> Numbers() => Enumerable.Range(0, Traces.GetArrayLength())
        .Where(number => Traces[number].GetProperty("requests").GetArrayLength() > 0)
        .Select(number => new TheoryDataRow<int>(number) { TestDisplayName = Traces[number].GetProperty("client").GetString() });

    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task Client_gets_what_it_reads(int number)
    {
        foreach (var request in Traces[number].GetProperty("requests").EnumerateArray())
        {
            var body = BodyOf(request);
            (string, string)[] headers = [.. request.GetProperty("headers").EnumerateObject().Where(header => header.Name != "content-type").Select(header => (header.Name, header.Value.GetString()!))];

            var answer = await JsonAnswer.AskAsync(Host, request.GetProperty("method").GetString()!, request.GetProperty("path").GetString()!, body?.ToJsonString(), "application/json", headers);

            if (body?["prompt_name"] is not null)
            {
                // This model has no prompts, which the real server says in the same words.
                Assert.Equal((422, "Validation"), (answer.Status, answer.Json.GetProperty("error_type").GetString()));
                body.Remove("prompt_name");
                answer = await JsonAnswer.AskAsync(Host, "POST", request.GetProperty("path").GetString()!, body.ToJsonString(), "application/json", headers);
            }

            Assert.True(answer.Status == 200, answer.Text);
            Assert.Equal("application/json", answer.ContentType);
            await CheckAsync(body, answer);
        }
    }

    // The stand-in that the clients were recorded with called its model so.
    private static JsonObject? BodyOf(JsonElement request)
    {
        if (request.GetProperty("body") is not { ValueKind: JsonValueKind.Object } json)
        {
            return null;
        }

        var body = JsonNode.Parse(json.GetRawText())!.AsObject();
        if (body["model"] is not null)
        {
            body["model"] = ServedModel;
        }

        return body;
    }

    private async Task CheckAsync(JsonObject? body, JsonAnswer answer)
    {
        if (body is null)
        {
            var model = answer.Json.GetProperty("data")[0];
            Assert.Equal(("list", "model"), (answer.Json.GetProperty("object").GetString(), model.GetProperty("object").GetString()));
            Assert.EndsWith(ServedModel, model.GetProperty("id").GetString(), StringComparison.Ordinal);
            return;
        }

        var texts = TextsOf(body["input"] ?? body["inputs"]!);
        var expected = await Host.EmbedAsync(new { inputs = texts, dimensions = (int?)body["dimensions"] });
        var vectors = body["input"] is null ? [.. answer.Json.EnumerateArray().Select(JsonAnswer.Vector)] : OpenAiVectors(body, answer.Json);
        Assert.Equal(texts.Length, vectors.Length);
        Assert.All(vectors.Zip(expected.Vectors), pair => Assert.All(pair.First.Zip(pair.Second), values => Assert.InRange(values.First - values.Second, -1e-5f, 1e-5f)));
    }

    private static float[][] OpenAiVectors(JsonObject body, JsonElement answer)
    {
        Assert.Equal("list", answer.GetProperty("object").GetString());
        Assert.EndsWith(ServedModel, answer.GetProperty("model").GetString(), StringComparison.Ordinal);
        Assert.True(answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32() > 0);
        Assert.Equal(answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), answer.GetProperty("usage").GetProperty("total_tokens").GetInt32());
        var data = answer.GetProperty("data").EnumerateArray().ToArray();
        Assert.All(data.Select((item, index) => (item, index)), entry => Assert.Equal(("embedding", entry.index), (entry.item.GetProperty("object").GetString(), entry.item.GetProperty("index").GetInt32())));
        return [.. data.Select(item => item.GetProperty("embedding")).Select(embedding => (string?)body["encoding_format"] == "base64" ? JsonAnswer.Base64Vector(embedding) : JsonAnswer.Vector(embedding))];
    }

    // The ids in the record are those of "hello" and of the empty text.
    private static string[] TextsOf(JsonNode input) => input switch
    {
        JsonArray list when list[0] is JsonArray => ["hello", ""],
        JsonArray list => [.. list.Select(text => (string)text!)],
        _ => [(string)input!],
    };
}
