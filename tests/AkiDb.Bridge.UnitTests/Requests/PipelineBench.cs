using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Batching;
using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Requests;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkiDb.Bridge.UnitTests.Requests;

/// <summary>A model's whole way of a request, with a real tokeniser and an engine that the test chooses.</summary>
internal sealed class PipelineBench : IAsyncDisposable
{
    private static readonly Tokenizer Tokenizer = TokenizerFile.Load(Path.Combine(TestPaths.Model("all-MiniLM-L6-v2"), "tokenizer.json"));

    private readonly InProcessEngine inProcess;
    private readonly Batcher batcher;
    private readonly TokenizingThreads threads = new();

    private PipelineBench(IEngine engine, int dimension, Action<BridgeOptions> configure, EmbeddingPipeline? fallback, bool isFallback, Task<EmbeddingSpace>? space)
    {
        Options.Dispatch.RetryDelay = TimeSpan.FromMilliseconds(1);
        Options.Batching.BatchTokens = 8;
        configure(Options);
        Ledger = new ResourceLedger(Options.Admission);
        Gate = new AdmissionGate(Options.Admission, TimeProvider.System);
        inProcess = new InProcessEngine(() => engine, 512, NullLogger.Instance);
        var dispatcher = new Dispatcher(null, inProcess, Options.Dispatch, TimeProvider.System, NullLogger<Dispatcher>.Instance);
        var model = TestModel.Bert(dimension);
        batcher = new Batcher(dispatcher, dimension, Options.Batching, TimeProvider.System, NullLogger.Instance);
        Pipeline = new EmbeddingPipeline(
            model, "test/model", new RequestTokenizer(model, Tokenizer, threads), space ?? Task.FromResult(Space(dimension)), Gate, batcher, Options, fallback, isFallback, TimeProvider.System);
    }

    public AdmissionGate Gate { get; }

    public ResourceLedger Ledger { get; }

    public BridgeOptions Options { get; } = new();

    public EmbeddingPipeline Pipeline { get; }

    public static EmbeddingSpace Space(int dimension) => new()
    {
        Model = "test/model",
        Weights = "0011223344556677",
        Pooling = "mean",
        Prompt = "",
        Dimensions = dimension,
        Normalized = true,
        Precision = "float32",
    };

    public static async Task<PipelineBench> StartAsync(
        IEngine engine,
        int dimension = 2,
        Action<BridgeOptions>? configure = null,
        EmbeddingPipeline? fallback = null,
        bool isFallback = false,
        Task<EmbeddingSpace>? space = null)
    {
        var bench = new PipelineBench(engine, dimension, configure ?? (_ => { }), fallback, isFallback, space);
        bench.inProcess.Start();
        await bench.inProcess.Loaded;
        return bench;
    }

    public async Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken? caller = null)
    {
        using var account = Ledger.Open(request.Caller);
        return await Pipeline.EmbedAsync(request, account, TimeProvider.System.GetTimestamp(), caller ?? TestContext.Current.CancellationToken);
    }

    public async Task<BridgeError> RefusalAsync(EmbeddingRequest request) => (await Assert.ThrowsAsync<BridgeException>(() => EmbedAsync(request))).Error;

    public async ValueTask DisposeAsync()
    {
        await batcher.DisposeAsync();
        await inProcess.DisposeAsync();
        threads.Dispose();
    }
}
