using System.Diagnostics;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.UnitTests.Generation;

/// <summary>The middleware of Microsoft.Extensions.AI on top of the bridge's generator.</summary>
public sealed class MiddlewareTests
{
    private readonly RecordingBridge bridge = new();
    private readonly MemoryDistributedCache cache = new(Options.Create(new MemoryDistributedCacheOptions()));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cache_gives_the_same_bits_again_and_asks_only_for_what_it_lacks()
    {
        bridge.Answer = (request, _) => Task.FromResult(RecordingBridge.ResultOf(request) with
        {
            Vectors = [.. request.Inputs.Select(text => new ReadOnlyMemory<float>([MathF.Sin(text.Length), -0f, float.Epsilon, 1f / 3]))],
        });
        using var generator = Build(builder => builder.UseDistributedCache(cache));
        var first = await generator.GenerateAsync(["one", "three"], cancellationToken: Token);
        var second = await generator.GenerateAsync(["three", "twelve"], cancellationToken: Token);

        Assert.Equal(Bits(first[1]), Bits(second[0]));
        Assert.Equal("a/model", second[0].ModelId);
        Assert.Equal(["twelve"], bridge.Requests[1].Inputs);
    }

    [Fact]
    public async Task Cache_keeps_what_was_asked_differently_apart()
    {
        using var generator = Build(builder => builder.UseDistributedCache(cache));
        await generator.GenerateAsync(["one"], new() { AdditionalProperties = new() { ["prompt"] = "a: " } }, Token);
        await generator.GenerateAsync(["one"], new() { AdditionalProperties = new() { ["prompt"] = "b: " } }, Token);
        await generator.GenerateAsync(["one"], new() { AdditionalProperties = new() { ["space"] = RecordingBridge.Space.ToString() } }, Token);
        await generator.GenerateAsync(["one"], new() { AdditionalProperties = new() { ["prompt"] = "a: " } }, Token);

        Assert.Equal(["a: ", "b: ", null], bridge.Requests.Select(request => request.Prompt));
    }

    [Fact]
    public async Task Trace_names_the_provider_and_the_tokens()
    {
        var source = Guid.NewGuid().ToString();
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = candidate => candidate.Name == source,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        using var generator = Build(builder => builder.UseOpenTelemetry(sourceName: source));
        await generator.GenerateAsync(["one"], new() { ModelId = "a/model" }, Token);

        var span = Assert.Single(spans);
        Assert.Equal("akidb-bridge", span.GetTagItem("gen_ai.provider.name"));
        Assert.Equal(3, span.GetTagItem("gen_ai.usage.input_tokens"));
    }

    [Fact]
    public async Task Log_has_the_call()
    {
        using var log = new KeptLog();
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(log).SetMinimumLevel(LogLevel.Debug));
        using var generator = Build(builder => builder.UseLogging(factory));
        await generator.GenerateAsync(["one"], cancellationToken: Token);

        Assert.Contains(log.Messages, message => message.Contains("generated 1 embedding", StringComparison.Ordinal));
    }

    private static int[] Bits(Embedding<float> embedding) => [.. embedding.Vector.ToArray().Select(BitConverter.SingleToInt32Bits)];

    // As an application has it: registered by the framework's own method, on top of the bridge.
    private IEmbeddingGenerator<string, Embedding<float>> Build(Action<EmbeddingGeneratorBuilder<string, Embedding<float>>> use)
    {
        var services = new ServiceCollection().AddLogging().AddSingleton<IEmbeddingBridge>(bridge);
        use(services.AddEmbeddingGenerator(provider => provider.GetRequiredService<IEmbeddingBridge>().AsIEmbeddingGenerator()));
        services.AddAkiDbBridge();
        return services.BuildServiceProvider().GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>();
    }

    private sealed class KeptLog : ILoggerProvider, ILogger
    {
        public List<string> Messages { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Messages.Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
