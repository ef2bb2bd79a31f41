using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Batching;
using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Requests;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;
using AkiDb.Bridge.UnitTests.Doubles;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkiDb.Bridge.UnitTests.Requests;

/// <summary>A model's whole way of a request, with a real tokeniser and an engine that the test chooses.</summary>
internal sealed class PipelineBench : IAsyncDisposable
{
    private static readonly Tokenizer Tokenizer = TokenizerFile.Load(Path.Combine(TestPaths.Model("all-MiniLM-L6-v2"), "tokenizer.json"));

    private readonly InProcessEngine inProcess;
    private readonly Batcher batcher;
    private readonly TokenizingThreads threads = new();
    private readonly TimeProvider time;

    private PipelineBench(
        IEngine engine,
        ModelDescription model,
        Tokenizer tokenizer,
        Action<BridgeOptions> configure,
        EmbeddingPipeline? fallback,
        bool isFallback,
        Task<EmbeddingSpace>? space,
        string id,
        WorkerPool? pool,
        TimeProvider time)
    {
        Options.Dispatch.RetryDelay = TimeSpan.FromMilliseconds(1);
        Options.Batching.BatchTokens = 8;
        configure(Options);
        this.time = time;
        Ledger = new ResourceLedger(Options.Admission);
        Gate = new AdmissionGate(Options.Admission, time);
        inProcess = new InProcessEngine(() => engine, 512, NullLogger.Instance);
        var dispatcher = new Dispatcher(pool, inProcess, Options.Dispatch, time, NullLogger<Dispatcher>.Instance);
        batcher = new Batcher(dispatcher, model.RowValues, Options.Batching, time, NullLogger.Instance);
        Pipeline = new EmbeddingPipeline(
            model, id, new RequestTokenizer(model, tokenizer, threads), space ?? Task.FromResult(Space(model.Dimension)), Gate, batcher, Options, fallback, isFallback, time);
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
        Task<EmbeddingSpace>? space = null,
        string id = "test/model",
        ModelDescription? model = null,
        Tokenizer? tokenizer = null,
        WorkerPool? pool = null,
        TimeProvider? time = null)
    {
        var bench = new PipelineBench(
            engine, model ?? TestModel.Bert(dimension), tokenizer ?? Tokenizer, configure ?? (_ => { }), fallback, isFallback, space, id, pool, time ?? TimeProvider.System);
        bench.inProcess.Start();
        await bench.inProcess.Loaded;
        return bench;
    }

    public async Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken? caller = null, CallerAllowance? allowance = null)
    {
        using var account = Ledger.Open(request.Caller, allowance);
        return await Pipeline.EmbedAsync(request, account, time.GetTimestamp(), caller ?? TestContext.Current.CancellationToken);
    }

    public async Task<BridgeError> RefusalAsync(EmbeddingRequest request, CallerAllowance? allowance = null) =>
        (await Assert.ThrowsAsync<BridgeException>(() => EmbedAsync(request, allowance: allowance))).Error;

    public async ValueTask DisposeAsync()
    {
        await batcher.DisposeAsync();
        await inProcess.DisposeAsync();
        threads.Dispose();
    }
}
