using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;

namespace AkiDb.Bridge.Benchmarks.Parts;

/// <summary>What the generator of Microsoft.Extensions.AI adds to a call of the bridge: the same answer, which is there already, taken both ways.</summary>
public class GeneratorParts
{
    private readonly EmbeddingGenerationOptions options = new()
    {
        ModelId = "all-MiniLM-L6-v2",
        AdditionalProperties = new() { ["priority"] = "bulk", ["fallback"] = "same-space", ["timeout"] = "5s" },
    };

    private string[] texts = [];
    private AnsweringBridge bridge = new(0);
    private IEmbeddingGenerator<string, Embedding<float>> generator = new AnsweringBridge(0).AsIEmbeddingGenerator();

    /// <summary>The texts of a call.</summary>
    [Params(1, 32)]
    public int Texts { get; set; }

    /// <summary>Makes the answer.</summary>
    [GlobalSetup]
    public void Setup()
    {
        texts = [.. Enumerable.Range(0, Texts).Select(text => $"text {text}")];
        bridge = new AnsweringBridge(Texts);
        generator = bridge.AsIEmbeddingGenerator();
    }

    /// <summary>The bridge itself, for comparison.</summary>
    [Benchmark(Description = "IEmbeddingBridge alone")]
    public Task<EmbeddingResult> Bridge() => bridge.EmbedAsync(new EmbeddingRequest { Inputs = texts });

    /// <summary>The same through the generator.</summary>
    [Benchmark(Description = "IEmbeddingGenerator over it")]
    public Task<GeneratedEmbeddings<Embedding<float>>> Generator() => generator.GenerateAsync(texts);

    /// <summary>The same with options that have to be read.</summary>
    [Benchmark(Description = "IEmbeddingGenerator with four options")]
    public Task<GeneratedEmbeddings<Embedding<float>>> GeneratorWithOptions() => generator.GenerateAsync(texts, options);

    private sealed class AnsweringBridge(int texts) : IEmbeddingBridge
    {
        // A space is made anew for every answer, and equal to the last one.
        private readonly EmbeddingSpace space = new()
        {
            Model = "sentence-transformers/all-MiniLM-L6-v2",
            Weights = "325ea421311647ef",
            Pooling = "mean",
            Prompt = "",
            Dimensions = 384,
            Normalized = true,
            Precision = "float32",
        };

        private readonly ReadOnlyMemory<float>[] vectors = [.. Enumerable.Range(0, texts).Select(_ => new ReadOnlyMemory<float>(new float[384]))];
        private readonly bool[] truncated = new bool[texts];

        public Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken = default) => Task.FromResult(new EmbeddingResult
        {
            Vectors = vectors,
            Model = space.Model,
            Space = space with { Dimensions = 384 },
            TotalTokens = 5,
            Truncated = truncated,
            ServedBy = "worker:0",
            Degraded = false,
            Compute = TimeSpan.Zero,
            Duration = TimeSpan.Zero,
        });
    }
}
