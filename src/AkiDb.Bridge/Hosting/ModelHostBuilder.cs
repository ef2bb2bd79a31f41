using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Batching;
using AkiDb.Bridge.Configuration;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Hub;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.Processes;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Requests;
using AkiDb.Bridge.StaticEmbeddings;
using AkiDb.Bridge.Supervision;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Hosting;

/// <summary>Reads a model and puts together what runs for it.</summary>
/// <param name="options">The model's options.</param>
/// <param name="all">The configuration that they are part of.</param>
/// <param name="tokenizing">The threads that tokenise large requests, of all models.</param>
/// <param name="time">The clock.</param>
/// <param name="loggers">The log.</param>
internal sealed class ModelHostBuilder(ModelOptions options, BridgeOptions all, TokenizingThreads tokenizing, TimeProvider time, ILoggerFactory loggers)
{
    private readonly EmbeddingProvider provider = all.Provider;
    private readonly List<InProcessEngine> engines = [];
    private readonly List<Batcher> batchers = [];
    private readonly List<ParityProbe> probes = [];

    /// <summary>Reads and builds; takes minutes where the model must be fetched first. Called once.</summary>
    /// <param name="lifetime">The model's: ends fetching and hashing.</param>
    /// <exception cref="BridgeException">A model is not found, or its folder is not understood.</exception>
    public ModelParts Build(CancellationToken lifetime)
    {
        var locator = CreateLocator(lifetime);

        // Without workers there is nobody to run the library.
        var encoder = provider == EmbeddingProvider.PythonBridge ? options.Worker.Encoder : WorkerEncoder.Torch;
        var model = LoadedModel.Read(options.Model, encoder, locator, lifetime);
        var second = options.FallbackModel is { } name ? LoadedModel.Read(name, WorkerEncoder.Torch, locator, lifetime) : null;
        lifetime.ThrowIfCancellationRequested();
        if (model.WhyLibrary is { } because)
        {
            Log.LibraryComputes(loggers.CreateLogger<ModelHost>(), model.Name.Id, because);
        }

        // The mock engine's rows mean nothing: there is nothing that they could be compared with.
        var probe = provider == EmbeddingProvider.Mock ? null : AddProbe(model);
        var inProcess = CreateInProcess(model, probe);
        (WorkerPool Pool, Supervisor Supervisor)? workers = provider == EmbeddingProvider.PythonBridge ? CreateWorkers(model, inProcess, probe!) : null;
        var dispatcher = CreateDispatcher(workers?.Pool, inProcess, probe);
        (EmbeddingPipeline Pipeline, InProcessEngine Engine)? fallback = second is null ? null : CreateFallback(second);
        var pipeline = CreatePipeline(model, dispatcher, fallback?.Pipeline, isFallback: false);
        return new ModelParts
        {
            Name = model.Name,
            Pipeline = pipeline,
            Reporter = new ModelStatusReporter(pipeline, workers, inProcess, fallback, dispatcher, options),
            Supervisor = workers?.Supervisor,
            Comparison = CreateComparison(model, workers?.Pool, inProcess, pipeline),
            Probes = probes,
            InProcessEngines = engines,
            Batchers = batchers,
            Models = [.. new[] { model.Description, second?.Description }.OfType<ModelDescription>()],
            Hashed = Task.WhenAll(new[] { model.Fingerprint, second?.Fingerprint }.OfType<Task>()),
        };
    }

    private ModelLocator CreateLocator(CancellationToken lifetime)
    {
        var paths = ModelSearchPaths.FromEnvironment();
        var download = new StartDownload(paths.HubCache, time, loggers.CreateLogger<StartDownload>(), lifetime);
        return new ModelLocator(paths, StartDownload.IsAllowed ? download.Fetch : null);
    }

    private InProcessEngine? CreateInProcess(LoadedModel model, ParityProbe? probe) => provider switch
    {
        EmbeddingProvider.Mock => AddEngine(() => new MockEngine(model.Description.Dimension), probe),
        _ => AddEngineOf(model, probe),
    };

    private InProcessEngine? AddEngineOf(LoadedModel model, ParityProbe? probe) => model.Description switch
    {
        TransformerModel transformer => AddEngine(() => OnnxEngine.Load(transformer, options.Onnx, time), probe),
        StaticModel table => AddStaticEngine(() => StaticEngine.Load(table, time), probe),
        _ => null,
    };

    private (EmbeddingPipeline Pipeline, InProcessEngine Engine) CreateFallback(LoadedModel model)
    {
        var probe = AddProbe(model);
        var engine = AddEngineOf(model, probe)!;
        return (CreatePipeline(model, CreateDispatcher(null, engine, probe), null, isFallback: true), engine);
    }

    private ParityProbe AddProbe(LoadedModel model)
    {
        var rows = new RowValidator(model.Description.Dimension, model.Description.RowValues, mayBeZero: model.Description is not TransformerModel);
        var probe = new ParityProbe(ProbeOf(model), rows, time, loggers.CreateLogger<ParityProbe>());
        probes.Add(probe);
        return probe;
    }

    private InProcessEngine AddEngine(Func<IEngine> load, ParityProbe? probe)
    {
        var cores = options.Onnx.Threads == 0 ? Environment.ProcessorCount : options.Onnx.Threads;
        return Add(load, options.Onnx.BatchTokens * cores, probe);
    }

    private InProcessEngine AddStaticEngine(Func<IEngine> load, ParityProbe? probe) => Add(load, StaticEngine.BatchTokens, probe);

    private InProcessEngine Add(Func<IEngine> load, int batchTokens, ParityProbe? probe)
    {
        var engine = new InProcessEngine(load, batchTokens, loggers.CreateLogger<InProcessEngine>())
        {
            Check = async (ready, token) => probe is null ? null : await probe.CheckAsync(ready, ready, token).ConfigureAwait(false),
        };
        engines.Add(engine);
        return engine;
    }

    private Dispatcher CreateDispatcher(WorkerPool? pool, InProcessEngine? inProcess, ParityProbe? probe) =>
        new(pool, inProcess, options.Dispatch, time, loggers.CreateLogger<Dispatcher>(), probe);

    private EmbeddingPipeline CreatePipeline(LoadedModel model, Dispatcher dispatcher, EmbeddingPipeline? fallback, bool isFallback)
    {
        // What the mock engine computes must not pass for the model's.
        var id = provider == EmbeddingProvider.Mock ? $"mock/{model.Name.Id}" : model.Name.Id;
        var instruments = new ModelInstruments(id);
        var batcher = new Batcher(dispatcher, model.Description.RowValues, options.Batching, time, loggers.CreateLogger<Batcher>(), instruments);
        batchers.Add(batcher);
        return new EmbeddingPipeline(
            model.Description,
            id,
            new RequestTokenizer(model.Description, model.Tokenizer, tokenizing),
            SpaceOfAsync(model),
            new AdmissionGate(options.Admission, time),
            batcher,
            options,
            fallback,
            isFallback,
            time);
    }

    private (WorkerPool Pool, Supervisor Supervisor) CreateWorkers(LoadedModel model, InProcessEngine? inProcess, ParityProbe probe)
    {
        var placement = WorkerPlacement.OnThisMachine(options.Supervision.Workers, options.Worker.Device);
        var pool = new WorkerPool(options.Worker.InFlight, time, placement.Count);
        var threads = ThreadsOfWorker();
        var environment = WorkerEnvironment.ForThisMachine(threads);
        string? python = null;
        var logger = loggers.CreateLogger<Supervisor>();
        var load = new LoadRequest(model.Description, options.Worker.Device, OptionNames.Kebab(options.Worker.Dtype.ToString()), threads, options.Worker.BatchTokens);
        var forks = options.Supervision.ForkServer && OperatingSystem.IsLinux() ? load.Encoder : null;
        var blueprint = new WorkerBlueprint(
            () => new WorkerLauncher(CommandForAsync, forks, options.Supervision.LoadTimeout, time, logger),
            load,
            model.Fingerprint,
            options.Worker.MaxFrameBytes,
            (worker, token) => AcceptAsync(inProcess, probe, worker, token));
        return (pool, new Supervisor(blueprint, placement.Count, options.Supervision, pool, time, logger));

        async Task<WorkerCommand> CommandForAsync(int slot, CancellationToken cancellationToken)
        {
            // Looking starts every Python that there is: what was found is taken again as long as it is there.
            if (!PythonInterpreter.IsThere(python))
            {
                python = await PythonInterpreter.FindAsync(options.Worker.PythonPath, time, cancellationToken).ConfigureAwait(false);
            }

            return WorkerCommand.ForPython(python, options.Worker.MaxFrameBytes, environment, placement.EnvironmentOf(slot));
        }
    }

    // All workers of all models share the cores: threads that must take turns are slower than fewer of them.
    private int ThreadsOfWorker()
    {
        var workers = all.OfAllModels
            .Sum(model => WorkerPlacement.OnThisMachine(model.Supervision.Workers, model.Worker.Device).Count);
        return options.Worker.Threads > 0 ? options.Worker.Threads : Math.Max(1, Environment.ProcessorCount / workers);
    }

    // The in-process engine is there first, if it is in use: a worker that does not give its vectors never serves.
    private static async Task<BridgeError?> AcceptAsync(InProcessEngine? inProcess, ParityProbe probe, Worker worker, CancellationToken cancellationToken)
    {
        if (inProcess is not null)
        {
            await inProcess.Loaded.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return await probe.CheckAsync(worker, inProcess?.Current, cancellationToken).ConfigureAwait(false);
    }

    private EngineComparison? CreateComparison(LoadedModel model, WorkerPool? pool, InProcessEngine? inProcess, EmbeddingPipeline pipeline) =>
        pool is not null && inProcess is not null && options.Dispatch.Prefer != EnginePreference.Fastest && FallbackModelPolicy.AllowsInProcess(options.Fallback, options.Dispatch)
            ? new EngineComparison(
                pool,
                inProcess,
                ProbeOf(model),
                model.Description.RowValues,
                () => pipeline.Queue.AdmittedTokens == 0,
                options.Dispatch,
                time,
                loggers.CreateLogger<EngineComparison>())
            : null;

    private static TokenBatch ProbeOf(LoadedModel model) => TokenizeWork.All(model.Tokenizer, model.Description, ParityProbe.Texts).ToBatch();

    private async Task<EmbeddingSpace> SpaceOfAsync(LoadedModel model)
    {
        var space = await model.SpaceAsync().ConfigureAwait(false);
        return provider == EmbeddingProvider.Mock ? space with { Model = $"mock/{space.Model}", Precision = "mock" } : space;
    }
}
