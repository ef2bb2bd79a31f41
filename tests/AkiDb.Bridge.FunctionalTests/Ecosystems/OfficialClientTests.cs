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

    private BridgeHost Host => shared.Running;

    [Theory]
    [InlineData("openai.mjs")]
    [InlineData("ollama.mjs")]
    [InlineData("huggingface.mjs")]
    public Task Client_for_JavaScript_gets_the_reference_vectors_and_its_own_errors(string script) => NodeClient.RunAsync(script, NodeClient.CheckOf(Host));

    [Fact]
    public async Task OpenAI_client_for_JavaScript_comes_again_when_it_is_told_to()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx", "--set", "Admission:MaxTokens=1200"));
        await host.ReadinessAsync(readiness => readiness.Status == "ready", "the model is loaded");

        await NodeClient.RunAsync("openai-retries.mjs", NodeClient.CheckOf(host));
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

    private static EmbeddingClient ClientOf(BridgeHost host, string model) => new(
        model, new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(host.Client.BaseAddress!, "/v1"), RetryPolicy = new ClientRetryPolicy(0) });
}
