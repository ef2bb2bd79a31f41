using System.ClientModel;
using System.ClientModel.Primitives;
using AkiDb.Bridge.FunctionalTests.Hosting;
using OpenAI;
using OpenAI.Embeddings;

namespace AkiDb.Bridge.FunctionalTests.Ecosystems;

/// <summary>The ecosystems' own clients against the program: the reference's vectors, and the errors that they make of ours.</summary>
public sealed class OfficialClientTests(PlainOnnxHost shared) : IClassFixture<PlainOnnxHost>
{
    private const string Model = "all-MiniLM-L6-v2";
    private const string Key = "a-key-with-few-tokens";

    // Each text is three tokens: the first request takes all that a key has which gets sixty a minute.
    private static readonly string[][] SpendingThenMore = [[.. Enumerable.Range('a', 20).Select(letter => $"{(char)letter}")], ["y", "z"]];

    private BridgeHost Host => shared.Running;

    [Theory]
    [InlineData("openai.mjs")]
    [InlineData("ollama.mjs")]
    [InlineData("huggingface.mjs")]
    public Task Client_for_JavaScript_gets_the_reference_vectors_and_its_own_errors(string script) => NodeClient.RunAsync(script, ClientScript.CheckOf(Host));

    [Fact]
    public async Task OpenAI_client_for_JavaScript_comes_again_when_it_is_told_to()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx", "--set", "Admission:MaxTokens=1200"));
        await host.ReadinessAsync(readiness => readiness.Status == "ready", "the model is loaded");

        await NodeClient.RunAsync("openai-retries.mjs", ClientScript.CheckOf(host));
    }

    [Fact]
    public async Task OpenAI_client_for_JavaScript_waits_until_its_key_has_tokens_again()
    {
        await using var host = await WithSmallKeyAsync();

        await NodeClient.RunAsync("openai-waits.mjs", new { url = UrlOf(host), model = Model, key = Key, status = 429, requests = SpendingThenMore });
    }

    [Fact]
    public async Task OpenAI_client_for_dotnet_waits_until_its_key_has_tokens_again()
    {
        await using var host = await WithSmallKeyAsync();
        var tries = new RecordedTries(_ => { });
        var client = ClientOf(host, Model, Key, retries: 5, tries);

        foreach (var texts in SpendingThenMore)
        {
            Assert.Equal(texts.Length, (await client.GenerateEmbeddingsAsync(texts, cancellationToken: TestContext.Current.CancellationToken)).Value.Count);
        }

        tries.Check(429);
    }

    [Fact]
    public async Task OpenAI_client_for_JavaScript_waits_until_there_is_an_engine()
    {
        using var folder = new TemporaryFolder();
        var (later, python) = PythonThatAppears(folder);
        await using var host = await WithoutEngineAsync(python);

        await NodeClient.RunAsync(
            "openai-waits.mjs", new { url = UrlOf(host), model = Model, key = "none", status = 503, requests = (string[][])[["a text", "another"]], appears = new { from = later, to = python } });
    }

    [Fact]
    public async Task OpenAI_client_for_dotnet_waits_until_there_is_an_engine()
    {
        int[] some = [.. Reference.MiniLM.All.Take(8)];
        using var folder = new TemporaryFolder();
        var (later, python) = PythonThatAppears(folder);
        await using var host = await WithoutEngineAsync(python);
        var tries = new RecordedTries(status =>
        {
            if (status == 503 && File.Exists(later))
            {
                File.Move(later, python);
            }
        });

        var answer = await ClientOf(host, Model, "none", retries: 10, tries).GenerateEmbeddingsAsync(Reference.TextsAt(some), cancellationToken: TestContext.Current.CancellationToken);

        Reference.MiniLM.Check([.. answer.Value.Select(embedding => embedding.ToFloats().ToArray())], some);
        tries.Check(503);
    }

    [Fact]
    public async Task OpenAI_client_for_dotnet_gets_the_reference_vectors()
    {
        int[] some = [.. Reference.MiniLM.All.Take(20)];

        var answer = await ClientOf(Host, Model).GenerateEmbeddingsAsync(Reference.TextsAt(some), cancellationToken: TestContext.Current.CancellationToken);

        Reference.MiniLM.Check([.. answer.Value.Select(embedding => embedding.ToFloats().ToArray())], some);
        Assert.True(answer.Value.Usage.InputTokenCount > 0);
    }

    [Fact]
    public async Task OpenAI_client_for_dotnet_keeps_the_first_dimensions()
    {
        var answer = await ClientOf(Host, Model).GenerateEmbeddingAsync("a text", new EmbeddingGenerationOptions { Dimensions = 8 }, TestContext.Current.CancellationToken);

        Assert.Equal(8, answer.Value.ToFloats().Length);
    }

    [Fact]
    public async Task OpenAI_client_for_dotnet_is_told_that_a_model_is_not_served()
    {
        var error = await Assert.ThrowsAsync<ClientResultException>(() => ClientOf(Host, "nobody").GenerateEmbeddingAsync("a text", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(404, error.Status);
        Assert.Contains("model_not_found", error.Message, StringComparison.Ordinal);
    }

    private static EmbeddingClient ClientOf(BridgeHost host, string model, string key = "none", int retries = 0, RecordedTries? tries = null)
    {
        var options = new OpenAIClientOptions { Endpoint = new Uri(host.Client.BaseAddress!, "/v1"), RetryPolicy = new ClientRetryPolicy(retries) };
        if (tries is not null)
        {
            options.AddPolicy(tries, PipelinePosition.PerTry);
        }

        return new EmbeddingClient(model, new ApiKeyCredential(key), options);
    }

    private static string UrlOf(BridgeHost host) => host.Client.BaseAddress!.ToString().TrimEnd('/');

    // A token comes back every second.
    private static async Task<BridgeHost> WithSmallKeyAsync()
    {
        var host = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx", "--set", $"Http:ApiKeys:0:Key={Key}", "--set", "Http:ApiKeys:0:TokensPerMinute=60"));
        host.Client.DefaultRequestHeaders.Add("x-api-key", Key);
        await host.ReadinessAsync(readiness => readiness.Status == "ready", "the model is loaded");
        return host;
    }

    private static async Task<BridgeHost> WithoutEngineAsync(string python)
    {
        var host = await BridgeHost.StartAsync(new HostSettings("--fallback", "off", "--set", "Supervision:MisconfiguredRetry=2s") { Python = python });
        await host.Log.WaitForAsync("worker:0 cannot work");
        return host;
    }

    // A real one, under a name that the host does not look at yet.
    private static (string Later, string Python) PythonThatAppears(TemporaryFolder folder)
    {
        Python.Require();
        var later = Path.Combine(folder.Path, "later");
        File.WriteAllText(later, $"#!/bin/sh\nexec {Python.WithTorch} \"$@\"\n");
        File.SetUnixFileMode(later, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return (later, Path.Combine(folder.Path, "python3"));
    }
}
