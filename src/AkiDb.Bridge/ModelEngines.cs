using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Batching;
using AkiDb.Bridge.Configuration;
using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Supervision;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge;

/// <summary>Builds the engines of one model, and the way of its requests to them.</summary>
internal sealed class ModelEngines : IAsyncDisposable
{
    private readonly ModelOptions options;
    private readonly EmbeddingProvider provider;
    private readonly int threads;
    private readonly TimeProvider time;
    private readonly ILoggerFactory loggers;
    private readonly List<Task> hashing = [];
    private readonly List<InProcessEngine> inProcessEngines = [];
    private readonly List<Batcher> batchers = [];
    private readonly ParityProbe? probe;

    /// <param name="options">The model's options.</param>
    /// <param name="provider">The engines that it uses.</param>
    /// <param name="threads">The threads of a worker.</param>
    /// <param name="locator">Finds the model.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">The log.</param>
    /// <param name="stopping">Ends what runs in the background before the engines do.</param>
    /// <exception cref="BridgeException">A model is not found, or its folder is not understood.</exception>
    public ModelEngines(
        ModelOptions options, EmbeddingProvider provider, int threads, ModelLocator locator, TimeProvider time, ILoggerFactory loggers, CancellationToken stopping)
    {
        (this.options, this.provider, this.threads, this.time, this.loggers) = (options, provider, threads, time, loggers);

        // Without workers there is nobody to run the library.
        var encoder = provider == EmbeddingProvider.PythonBridge ? options.Worker.Encoder : WorkerEncoder.Torch;
        var model = Read(options.Model, encoder, locator, stopping);
        var second = options.FallbackModel is { } name ? Read(name, WorkerEncoder.Torch, locator, stopping) : null;
        var quantized = options.Onnx.Precision != OnnxPrecision.Float32;

        // Quantised weights are another space: beside float32 workers they are at most a fallback model of their own.
        var inProcess = provider switch
        {
            EmbeddingProvider.Mock => AddInProcess(() => new MockEngine(model.Description.Dimension)),
            EmbeddingProvider.PythonBridge when quantized => null,
            _ => model.Description is TransformerModel transformer ? AddInProcess(() => OnnxEngine.Load(transformer, options.Onnx, time)) : null,
        };
        (WorkerPool Pool, Supervisor Supervisor)? workers = null;
        if (provider == EmbeddingProvider.PythonBridge)
        {
            probe = new ParityProbe(ProbeOf(model), model.Description.Dimension, model.Description.RowValues, time, loggers.CreateLogger<ParityProbe>());
            workers = AddWorkers(model, inProcess, probe);
            Supervisor = workers.Value.Supervisor;
        }

        var dispatcher = CreateDispatcher(workers?.Pool, inProcess);
        var primary = CreateModelBridge(model, inProcessOnly: workers is null, dispatcher);
        var (fallback, fallbackEngine) = AddFallback(second);
        var health = new BridgeHealthReport(workers, inProcess, fallbackEngine, options.Fallback == FallbackPolicy.Any, dispatcher, time);
        Front = new ModelFront(primary, fallback, health, options, provider);
    }

    /// <summary>Its requests' way in.</summary>
    public ModelFront Front { get; }

    /// <summary>Keeps its workers alive; null when it has none.</summary>
    public Supervisor? Supervisor { get; }

    /// <summary>Completes when the in-process engines have been loaded, or have failed.</summary>
    public Task Loaded => Task.WhenAll(inProcessEngines.Select(engine => engine.Loaded));

    /// <summary>Begins to load the in-process engines.</summary>
    public void Load() => inProcessEngines.ForEach(engine => engine.Start());

    /// <summary>Ends what waits and what computes. No worker is left, and this is the first time.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var batcher in batchers)
        {
            await batcher.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var engine in inProcessEngines)
        {
            await engine.DisposeAsync().ConfigureAwait(false);
        }

        await Task.WhenAll(hashing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Supervisor?.Dispose();
        probe?.Dispose();
    }

    private ServedModel Read(string name, WorkerEncoder encoder, ModelLocator locator, CancellationToken stopping)
    {
        var model = ServedModel.Read(name, encoder, locator, stopping);
        hashing.Add(model.Fingerprint);
        if (model.WhyLibrary is { } because)
        {
            Log.LibraryComputes(loggers.CreateLogger<ModelRuntime>(), model.Name.Id, because);
        }

        return model;
    }

    private InProcessEngine AddInProcess(Func<IEngine> load)
    {
        var cores = options.Onnx.Threads == 0 ? Environment.ProcessorCount : options.Onnx.Threads;
        var engine = new InProcessEngine(load, options.Onnx.BatchTokens * cores, loggers.CreateLogger<InProcessEngine>()) { LongestText = options.Onnx.MaxTokens };
        inProcessEngines.Add(engine);
        return engine;
    }

    private Dispatcher CreateDispatcher(WorkerPool? pool, InProcessEngine? inProcess) =>
        new(pool, inProcess, options.Dispatch, time, loggers.CreateLogger<Dispatcher>());

    private (ModelBridge? Bridge, InProcessEngine? Engine) AddFallback(ServedModel? model)
    {
        if (model is null)
        {
            return (null, null);
        }

        var engine = AddInProcess(() => OnnxEngine.Load((TransformerModel)model.Description, options.Onnx, time));
        return (CreateModelBridge(model, inProcessOnly: true, CreateDispatcher(null, engine)), engine);
    }

    private ModelBridge CreateModelBridge(ServedModel model, bool inProcessOnly, Dispatcher dispatcher)
    {
        var batcher = new Batcher(dispatcher, model.Description.RowValues, options.Batching, time, loggers.CreateLogger<Batcher>());
        batchers.Add(batcher);
        return new ModelBridge(model, SpaceOfAsync(model, inProcessOnly), new AdmissionGate(options.Admission, time), batcher, options, time);
    }

    private (WorkerPool Pool, Supervisor Supervisor) AddWorkers(ServedModel model, InProcessEngine? inProcess, ParityProbe probe)
    {
        var seats = WorkerSeats.OnThisMachine(options.Supervision.Workers, options.Worker.Device);
        var pool = new WorkerPool(options.Worker.InFlight, time, seats.Count);
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
        return (pool, new Supervisor(blueprint, seats.Count, options.Supervision, pool, time, logger));

        async Task<WorkerCommand> CommandForAsync(int slot, CancellationToken cancellationToken)
        {
            // Looking starts every Python that there is: what was found is taken again as long as it is there.
            if (!File.Exists(python))
            {
                python = await PythonInterpreter.FindAsync(options.Worker.PythonPath, time, cancellationToken).ConfigureAwait(false);
            }

            return WorkerCommand.ForPython(python, options.Worker.MaxFrameBytes, environment.Concat(seats.EnvironmentOf(slot)).ToDictionary());
        }
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

    private static TokenBatch ProbeOf(ServedModel model) =>
        TokenizedInputs.Tokenize(ParityProbe.Texts, "", model.Description, model.Tokenizer, truncate: true, CancellationToken.None).Inputs!
            .ToBatch();

    private async Task<EmbeddingSpace> SpaceOfAsync(ServedModel model, bool inProcessOnly)
    {
        var mock = provider == EmbeddingProvider.Mock;
        var precision = inProcessOnly && !mock ? options.Onnx.Precision : OnnxPrecision.Float32;
        var fingerprint = await model.Fingerprint.ConfigureAwait(false);
        return new EmbeddingSpace
        {
            Model = mock ? $"mock/{model.Description.Id}" : model.Description.Id,
            Revision = model.Description.Revision,
            Weights = fingerprint.Value + (precision == OnnxPrecision.Float32 ? "" : $"-{precision.ToName()}"),
            Pooling = model.Description.PoolingName,
            Prompt = "",
            Dimensions = model.Description.Dimension,
            Normalized = model.Description.Normalize,
            Precision = mock ? "mock" : precision.ToName(),
            Library = model.Description is LibraryModel ? LibraryModel.Library : null,
        };
    }
}
