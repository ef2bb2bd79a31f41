using System.Text.Json;
using AkiDb.Bridge.UnitTests.Doubles;
using AkiDb.Bridge.UnitTests.Hosting;
using Microsoft.Extensions.AI;

namespace AkiDb.Bridge.UnitTests.Generation;

public sealed class BridgeEmbeddingGeneratorTests
{
    private readonly RecordingBridge bridge = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Texts_become_embeddings_with_usage_and_what_the_answer_says_of_itself()
    {
        var embeddings = await bridge.AsIEmbeddingGenerator().GenerateAsync(["one", new string('x', 200)], cancellationToken: Token);

        Assert.Equal([3f, 200f], embeddings.Select(embedding => embedding.Vector.Span[0]));
        Assert.All(embeddings, embedding => Assert.Equal("a/model", embedding.ModelId));
        Assert.Equal((6, 6), (embeddings.Usage?.InputTokenCount, embeddings.Usage?.TotalTokenCount));
        var properties = embeddings.AdditionalProperties!;
        Assert.Equal(RecordingBridge.Space.ToString(), properties["space"]);
        Assert.Equal("in-process", properties["served_by"]);
        Assert.Equal(true, properties["degraded"]);
        Assert.Equal([false, true], Assert.IsAssignableFrom<IReadOnlyList<bool>>(properties["truncated"]));
    }

    [Fact]
    public async Task Answers_share_no_properties()
    {
        var generator = bridge.AsIEmbeddingGenerator();
        var first = await generator.GenerateAsync(["one"], cancellationToken: Token);
        first.AdditionalProperties!["space"] = "changed";

        Assert.Equal(RecordingBridge.Space.ToString(), (await generator.GenerateAsync(["one"], cancellationToken: Token)).AdditionalProperties!["space"]);
    }

    [Fact]
    public async Task Options_are_what_the_bridge_is_asked()
    {
        var options = new EmbeddingGenerationOptions
        {
            ModelId = "that-model",
            Dimensions = 64,
            AdditionalProperties = new()
            {
                ["prompt"] = "query: ",
                ["Priority"] = "bulk",
                ["fallback"] = FallbackPolicy.Off,
                ["timeout"] = TimeSpan.FromSeconds(3),
                ["truncate"] = false,
                ["normalize"] = JsonSerializer.SerializeToElement(true),
                ["caller"] = "me",
                ["space"] = RecordingBridge.Space,
                ["prompt_name"] = null,
                ["trace_id"] = "another's",
            },
        };

        await bridge.AsIEmbeddingGenerator("default-model").GenerateAsync(["a"], options, Token);
        await bridge.AsIEmbeddingGenerator("default-model").GenerateAsync(["a"], new() { AdditionalProperties = new() { ["timeout"] = "250ms", ["fallback"] = "same-space" } }, Token);

        var (first, second) = (bridge.Requests[0], bridge.Requests[1]);
        Assert.Equal(("that-model", 64, "query: "), (first.Model, first.Dimensions, first.Prompt));
        Assert.Equal((EmbeddingPriority.Bulk, FallbackPolicy.Off, TimeSpan.FromSeconds(3)), (first.Priority, first.Fallback, first.Timeout));
        Assert.Equal((false, true, "me"), (first.Truncate, first.Normalize, first.Caller));
        Assert.Equal(RecordingBridge.Space.ToString(), first.Space);
        Assert.Equal(("default-model", FallbackPolicy.SameSpace, TimeSpan.FromMilliseconds(250)), (second.Model, second.Fallback, second.Timeout));
    }

    [Fact]
    public async Task Request_of_the_raw_representation_is_the_base_of_what_is_asked()
    {
        await bridge.AsIEmbeddingGenerator().GenerateAsync(
            ["a"], new() { Dimensions = 8, RawRepresentationFactory = _ => new EmbeddingRequest { Inputs = [], Model = "raw", Dimensions = 4, Pooling = "mean" } }, Token);

        Assert.Equal(("raw", 8, "mean"), (bridge.Requests[0].Model, bridge.Requests[0].Dimensions, bridge.Requests[0].Pooling));
        Assert.Equal(["a"], bridge.Requests[0].Inputs);
    }

    [Theory]
    [InlineData("priority", "urgent", "interactive, bulk")]
    [InlineData("timeout", 5, "5s")]
    [InlineData("prompt", 7, "a text")]
    [InlineData("promt", "query: ", "Did you mean 'prompt'?")]
    public async Task Property_that_is_not_understood_is_an_error_and_nothing_is_asked(string name, object value, string hint)
    {
        var error = await Assert.ThrowsAsync<BridgeException>(
            () => bridge.AsIEmbeddingGenerator().GenerateAsync(["a"], new() { AdditionalProperties = new() { [name] = value } }, Token));

        Assert.Equal(BridgeErrorKind.BadInput, error.Error.Kind);
        Assert.Contains(hint, error.Message, StringComparison.Ordinal);
        Assert.Empty(bridge.Requests);
    }

    [Fact]
    public async Task No_texts_are_no_embeddings() => Assert.Empty(await bridge.AsIEmbeddingGenerator().GenerateAsync([], cancellationToken: Token));

    [Fact]
    public async Task Model_that_is_not_served_is_an_error()
    {
        await using var bench = await ModelsBench.StartAsync(("Model", ModelsBench.Folder("tiny-bert-cls")));
        var generator = bench.Bridge.AsIEmbeddingGenerator();
        Assert.Single(await generator.GenerateAsync(["a"], new() { ModelId = "tiny-bert-cls" }, Token));

        var error = await Assert.ThrowsAsync<BridgeException>(() => generator.GenerateAsync(["a"], new() { ModelId = "text-embedding-3-small" }, Token));
        Assert.Equal(BridgeErrorKind.UnknownModel, error.Error.Kind);
    }

    [Fact]
    public async Task Space_that_is_demanded_is_kept_or_nothing_is_answered()
    {
        await using var bench = await ModelsBench.StartAsync(("Model", ModelsBench.Folder("tiny-bert-cls")));
        var generator = bench.Bridge.AsIEmbeddingGenerator();
        var space = (string)(await generator.GenerateAsync(["a"], cancellationToken: Token)).AdditionalProperties!["space"]!;
        var options = new EmbeddingGenerationOptions { AdditionalProperties = new() { ["space"] = space } };
        Assert.Single(await generator.GenerateAsync(["a"], options, Token));

        options.AdditionalProperties["prompt"] = "another space: ";
        Assert.Equal(BridgeErrorKind.SpaceMismatch, (await Assert.ThrowsAsync<BridgeException>(() => generator.GenerateAsync(["a"], options, Token))).Error.Kind);
    }

    [Fact]
    public async Task Metadata_and_space_are_the_models()
    {
        await using var bench = await ModelsBench.StartAsync(("Model", ModelsBench.Folder("tiny-bert-cls")), ("Models:q:Model", ModelsBench.Folder("tiny-qwen3")));
        var generator = bench.Bridge.AsIEmbeddingGenerator();
        var embeddings = await generator.GenerateAsync(["a"], cancellationToken: Token);

        var metadata = generator.GetService<EmbeddingGeneratorMetadata>()!;
        Assert.Equal(("akidb-bridge", "mock/tiny-bert-cls", embeddings[0].Dimensions), (metadata.ProviderName, metadata.DefaultModelId, metadata.DefaultModelDimensions));
        Assert.Equal("mock/tiny-qwen3", bench.Bridge.AsIEmbeddingGenerator("tiny-qwen3").GetService<EmbeddingGeneratorMetadata>()!.DefaultModelId);
        Assert.Equal(embeddings.AdditionalProperties!["space"], generator.GetService<EmbeddingSpace>()?.ToString());
        Assert.Same(bench.Bridge, generator.GetService<IEmbeddingBridge>());
        Assert.Same(generator, generator.GetService<IEmbeddingGenerator>());
        Assert.Null(generator.GetService<IEmbeddingBridge>("a key"));
        Assert.Null(generator.GetService<string>());
    }
}
