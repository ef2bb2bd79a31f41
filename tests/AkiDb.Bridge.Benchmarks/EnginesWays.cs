using AkiDb.Bridge.Benchmarks.Baselines;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>All ways to compute a case with the same number of threads, and what they need.</summary>
internal sealed class EnginesWays : IAsyncDisposable
{
    private readonly TransformerModel model;
    private readonly int threads;
    private readonly OnnxOptions options;
    private readonly OnnxModel graph;
    private readonly OnnxSessions sessions;
    private readonly OnnxEngine engine;
    private readonly EnginesWorker? worker;
    private readonly SentenceTransformers? library;
    private readonly List<EnginesBareLoop> loops = [];

    private EnginesWays(TransformerModel model, int threads, EnginesWorker? worker, SentenceTransformers? library)
    {
        this.model = model;
        this.threads = threads;
        this.worker = worker;
        this.library = library;
        options = new OnnxOptions { Threads = threads };
        graph = GraphBuilder.Build(model);
        sessions = OnnxSessions.Open(model, graph, options, threads);
        sessions.Widen();
        engine = OnnxEngine.Load(model, options, TimeProvider.System);
    }

    public static async Task<EnginesWays> StartAsync(TransformerModel model, int threads, CancellationToken cancellationToken) => new(
        model, threads, await EnginesWorker.StartAsync(model.Folder, threads, cancellationToken), await SentenceTransformers.StartAsync(model.Folder, threads, cancellationToken));

    /// <summary>The in-process engine, called as a bridge calls it.</summary>
    public static EnginesWay Engine(string name, OnnxEngine engine, EnginesCase texts, TransformerModel model)
    {
        var rows = new float[texts.Batch.Texts * model.Dimension];
        return new(name, token => EnginesCpuClock.MeasureAsync(async () =>
        {
            var reply = await engine.EmbedAsync(texts.Batch, rows, Timeout.InfiniteTimeSpan, token);
            if (reply.Error is not null)
            {
                throw new BridgeException(reply.Error);
            }
        }));
    }

    /// <summary>The ways that this machine has; the in-process engine is the first.</summary>
    public List<EnginesWay> For(EnginesCase texts)
    {
        List<EnginesWay> ways = [Engine("in-process engine", engine, texts, model), BareLoop(texts)];
        if (texts.IsMixed)
        {
            ways.Add(PaddedBatch(texts));
        }

        if (worker is not null)
        {
            ways.Add(new(EnginesWorker.Name, token => worker.EmbedAsync(texts.Texts, token)));
        }

        if (library is not null)
        {
            ways.Add(new(SentenceTransformers.Name, token => library.EmbedAsync(texts.Texts, token)));
        }

        return ways;
    }

    /// <summary>What it took the Python processes to get ready.</summary>
    public IEnumerable<EnginesWorkerLoad> Loads() => new[] { worker?.Load(), library?.Load() }.OfType<EnginesWorkerLoad>();

    public async ValueTask DisposeAsync()
    {
        loops.ForEach(loop => loop.Dispose());
        await engine.DisposeAsync();
        sessions.Dispose();
        if (worker is not null)
        {
            await worker.DisposeAsync();
        }

        if (library is not null)
        {
            await library.DisposeAsync();
        }
    }

    /// <summary>The micro-batches and sessions that the engine uses, without the engine.</summary>
    private EnginesWay BareLoop(EnginesCase texts)
    {
        var plan = CallPlan.Create(texts.Batch.Lengths.Span, options.BatchTokens, threads);
        var alone = plan.Batches.Count == 1;
        var loop = new EnginesBareLoop(alone ? sessions.Wide : sessions.Narrow, graph, model, texts.Batch, plan, alone ? 1 : threads);
        loops.Add(loop);
        return new("bare ONNX Runtime loop", _ => EnginesCpuClock.MeasureAsync(loop.RunAsync));
    }

    /// <summary>All texts as one batch as wide as the longest.</summary>
    private EnginesWay PaddedBatch(EnginesCase texts)
    {
        var padded = texts.Padded();
        var loop = new EnginesBareLoop(sessions.Wide, graph, model, padded, CallPlan.Create(padded.Lengths.Span, int.MaxValue, cores: 1), callers: 1);
        loops.Add(loop);
        return new("padded batch, arrival order", _ => EnginesCpuClock.MeasureAsync(loop.RunAsync));
    }
}
