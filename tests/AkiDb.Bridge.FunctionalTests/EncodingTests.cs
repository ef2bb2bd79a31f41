using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;
using MessagePack;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>The same vectors, however they are written.</summary>
[Collection(SharedMiniLM.Name)]
public sealed class EncodingTests(MiniLMHost shared)
{
    private static readonly int[] Few = [0, 1, 2, 3, 300, 600];

    private static object Request => new { inputs = Reference.TextsAt(Few) };

    [Theory]
    [InlineData("application/x-msgpack")]
    [InlineData("application/msgpack, application/json;q=0.5")]
    public async Task MessagePack_answer_holds_the_vectors_of_the_JSON_answer_in_one_bin(string accept)
    {
        // Whoever computes a text together with others may differ in its last bits from one time to the next; these vectors do not.
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock"));
        var json = await host.EmbedAsync(Request);
        using var message = new HttpRequestMessage(HttpMethod.Post, "/api/v1/embed") { Content = JsonContent.Create(Request) };
        message.Headers.Accept.ParseAdd(accept);
        using var response = await host.Client.SendAsync(message, TestContext.Current.CancellationToken);
        Assert.Equal(new MediaTypeHeaderValue("application/x-msgpack"), response.Content.Headers.ContentType);
        var body = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);

        var members = Read(body);
        var bin = Assert.IsType<byte[]>(members["embeddings"]);
        Assert.Equal(json.Vectors.SelectMany(vector => vector), MemoryMarshal.Cast<byte, float>(bin).ToArray());
        Assert.Equal(json.Model, members["model"]);
        Assert.Equal(json.Space, members["space"]);
        Assert.Equal(json.ServedBy, members["served_by"]);
        Assert.Equal((long)json.Dimension, members["dimension"]);
    }

    [Theory]
    [InlineData("application/json", 200)]
    [InlineData("application/x-msgpack", 200)]
    [InlineData("application/json", 400)]
    public async Task Answer_says_how_long_it_is(string accept, int status)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "/api/v1/embed") { Content = JsonContent.Create(status == 200 ? Request : new { inputs = 1 }) };
        message.Headers.Accept.ParseAdd(accept);
        using var response = await shared.Running.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.NotEqual(true, response.Headers.TransferEncodingChunked);
        Assert.Equal(response.Content.Headers.ContentLength, (await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length);
    }

    [Fact]
    public async Task Base64_answer_holds_the_vectors_of_the_JSON_answer()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock"));
        var base64 = new { inputs = Reference.TextsAt(Few), encoding_format = "base64" };
        Assert.Equal((await host.EmbedAsync(Request)).Vectors, (await host.EmbedAsync(base64)).Vectors);
        Reference.MiniLM.Check((await shared.Running.EmbedAsync(base64)).Vectors, Few);
    }

    [Fact]
    public async Task Models_and_health_describe_what_is_served()
    {
        var answer = await shared.Running.EmbedAsync(Request);
        var models = await shared.Running.Client.GetFromJsonAsync<JsonElement>("/api/v1/models", TestContext.Current.CancellationToken);
        var model = Assert.Single(models.GetProperty("models").EnumerateArray().ToList());
        Assert.Equal("sentence-transformers/all-MiniLM-L6-v2", model.GetProperty("id").GetString());
        Assert.Equal(384, model.GetProperty("dimension").GetInt32());
        Assert.Equal(256, model.GetProperty("max_tokens").GetInt32());
        Assert.Equal(answer.Space, model.GetProperty("space").GetString());

        var health = await shared.Running.Client.GetFromJsonAsync<JsonElement>("/health", TestContext.Current.CancellationToken);
        Assert.Equal("healthy", health.GetProperty("status").GetString());
        Assert.Equal("ready", (await shared.Running.ReadinessAsync()).Status);
    }

    [Theory]
    [InlineData("all-MiniLM-L6-v2")]
    [InlineData("sentence-transformers/all-MiniLM-L6-v2")]
    public async Task Both_names_of_the_model_are_one_model(string model) =>
        Reference.MiniLM.Check((await shared.Running.EmbedAsync(new { model, inputs = Reference.TextsAt(Few) })).Vectors, Few);

    [Fact]
    public async Task Empty_text_and_white_space_are_valid_inputs()
    {
        var answer = await shared.Running.EmbedAsync("", " ", "\t\n", "\u0000");
        Assert.All(answer.Vectors, vector => Assert.Equal(answer.Vectors[0], vector, (a, b) => MathF.Abs(a - b) <= 2e-6f));
        Assert.Equal(8, answer.TotalTokens);
        var index = Reference.Texts.Select((text, index) => (text, index)).First(pair => pair.text.Length == 0).index;
        Reference.MiniLM.Check([answer.Vectors[0]], [index]);
    }

    [Fact]
    public async Task Chunked_body_is_read_like_any_other()
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "/api/v1/embed") { Content = JsonContent.Create(Request) };
        message.Headers.TransferEncodingChunked = true;
        using var response = await shared.Running.Client.SendAsync(message, TestContext.Current.CancellationToken);
        var answer = EmbedAnswer.Parse(await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken));
        Reference.MiniLM.Check(answer.Vectors, Few);
    }

    private static Dictionary<string, object?> Read(byte[] body)
    {
        var reader = new MessagePackReader(body);
        var members = new Dictionary<string, object?>();
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            var name = reader.ReadString()!;
            members[name] = ReadValue(ref reader);
        }

        Assert.True(reader.End);
        return members;
    }

    private static object? ReadValue(ref MessagePackReader reader)
    {
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Binary:
                var bytes = reader.ReadBytes()!.Value;
                return System.Buffers.BuffersExtensions.ToArray(bytes);
            case MessagePackType.String:
                return reader.ReadString();
            case MessagePackType.Integer:
                return reader.ReadInt64();
            default:
                reader.Skip();
                return null;
        }
    }
}
