using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Batching;
using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkiDb.Bridge.UnitTests.Root;

/// <summary>A model's whole way of a request, with a real tokeniser and an engine that the test chooses.</summary>
internal sealed class ModelBridgeBench : IAsyncDisposable
{
    private static readonly Tokenizer Tokenizer = TokenizerFile.Load(Path.Combine(TestPaths.Model("all-MiniLM-L6-v2"), "tokenizer.json"));

    private readonly InProcessEngine inProcess;
    private readonly Dispatcher dispatcher;
    private readonly Batcher batcher;

    private ModelBridgeBench(IEngine engine, int dimension, long permits)
    {
        Options.Admission.MaxTokens = permits;
        Gate = new AdmissionGate(Options.Admission, TimeProvider.System);
        inProcess = new InProcessEngine(() => engine, 512, NullLogger.Instance);
        dispatcher = new Dispatcher(null, inProcess, Options.Dispatch, TimeProvider.System, NullLogger<Dispatcher>.Instance);
        Options.Dispatch.RetryDelay = TimeSpan.FromMilliseconds(1);
        Options.Batching.BatchTokens = 8;
        var model = new ServedModel(
            TestModel.Bert(dimension), new ModelName("test/model", "test"), Tokenizer, Task.FromResult(new ModelFingerprint("aa", "0011223344556677")));
        batcher = new Batcher(dispatcher, dimension, Options.Batching, TimeProvider.System, NullLogger.Instance);
        Model = new ModelBridge(model, Task.FromResult(Space(dimension)), Gate, batcher, Options, TimeProvider.System);
    }

    public AdmissionGate Gate { get; }

    public BridgeOptions Options { get; } = new();

    public ModelBridge Model { get; }

    public ModelFront Front => new(
        Model, null, new BridgeHealthReport(null, inProcess, null, false, dispatcher, TimeProvider.System), Options, EmbeddingProvider.Onnx);

    public static async Task<ModelBridgeBench> StartAsync(IEngine engine, int dimension = 2, long permits = 1_000_000)
    {
        var bench = new ModelBridgeBench(engine, dimension, permits);
        bench.inProcess.Start();
        await bench.inProcess.Loaded;
        return bench;
    }

    public Task<(EmbeddingResult? Result, BridgeError? Error)> EmbedAsync(EmbeddingRequest request, CancellationToken? caller = null) =>
        Model.EmbedAsync(request, true, TimeProvider.System.GetTimestamp(), caller ?? TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await batcher.DisposeAsync();
        await inProcess.DisposeAsync();
    }

    private static EmbeddingSpace Space(int dimension) => new()
    {
        Model = "test/model",
        Weights = "0011223344556677",
        Pooling = "mean",
        Prompt = "",
        Dimensions = dimension,
        Normalized = true,
        Precision = "float32",
    };
}
