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

/// <summary>Builds the engines of one model, and owns everything that runs in the background for it.</summary>
internal sealed class ModelRuntime : IAsyncDisposable
{
    // Importing torch takes a core for seconds. The in-process engine is loaded before that, so that the first caller need not wait for it.
    private static readonly TimeSpan HeadStart = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource lifetime = new();
    private readonly ModelOptions options;
    private readonly EmbeddingProvider provider;
    private readonly int threads;
    private readonly TimeProvider time;
    private readonly ILoggerFactory loggers;
    private readonly List<InProcessEngine> inProcessEngines = [];
    private readonly List<Batcher> batchers = [];
    private readonly Supervisor? supervisor;
    private readonly ParityProbe? probe;
    private int disposed;

    /// <param name="options">The model's options.</param>
    /// <param name="provider">The engines that it uses.</param>
    /// <param name="threads">The threads of a worker whose options leave them open.</param>
    /// <param name="locator">Finds the model.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">The log.</param>
    /// <exception cref="BridgeException">A model is not found, or its folder is not understood.</exception>
    public ModelRuntime(ModelOptions options, EmbeddingProvider provider, int threads, ModelLocator locator, TimeProvider time, ILoggerFactory loggers)
    {
        (this.options, this.provider, this.threads, this.time, this.loggers) = (options, provider, threads, time, loggers);
        var (model, second) = Read(locator);
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
            supervisor = workers.Value.Supervisor;
        }

        var dispatcher = CreateDispatcher(workers?.Pool, inProcess);
        var primary = CreateModelBridge(model, inProcessOnly: workers is null, dispatcher);
        var (fallback, fallbackEngine) = AddFallback(second);
        var health = new BridgeHealthReport(workers, inProcess, fallbackEngine, options.Fallback == FallbackPolicy.Any, dispatcher, time);
        Front = new ModelFront(primary, fallback, health, options, provider);
    }

    /// <summary>Its requests' way in.</summary>
    public ModelFront Front { get; }

    /// <summary>Lets requests in, until the model is retired.</summary>
    public Doorway Doorway { get; } = new();

    /// <summary>Its workers' supervision, once it was started: ends when it is stopped, and with an exception for a bug of ours.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Begins to load the in-process engines.</summary>
    public void Load() => inProcessEngines.ForEach(engine => engine.Start());

    /// <summary>Completes when the in-process engines have been loaded, or have had their head start.</summary>
    public async Task HeadStartAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAny(Loaded, Task.Delay(HeadStart, time, cancellationToken)).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Starts the workers.</summary>
    public void Start() => Running = SuperviseAsync();

    /// <summary>Completes when an engine answers, or when each has had its first try; <see cref="Start"/> has been called.</summary>
    public async Task SettledAsync(CancellationToken cancellationToken)
    {
        await Loaded.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (Front.Health.State == BridgeState.Unavailable && supervisor is not null)
        {
            await supervisor.Settled.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Stops the workers; returns when none is left.</summary>
    public async Task StopAsync()
    {
        await lifetime.CancelAsync().ConfigureAwait(false);
        await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Lets nobody in any more, finishes those who are in within the grace period, and ends everything.</summary>
    /// <param name="stopping">The host stops: nothing is waited for.</param>
    public async Task RetireAsync(CancellationToken stopping)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var grace = Task.Delay(options.Supervision.GracePeriod, time, bound.Token);
        await Task.WhenAny(Doorway.CloseAsync(), grace).ConfigureAwait(false);
        await bound.CancelAsync().ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            // Also where nobody has stopped it: no worker is left when this returns.
            await StopAsync().ConfigureAwait(false);
            foreach (var batcher in batchers)
            {
                await batcher.DisposeAsync().ConfigureAwait(false);
            }

            foreach (var engine in inProcessEngines)
            {
                await engine.DisposeAsync().ConfigureAwait(false);
            }

            supervisor?.Dispose();
            probe?.Dispose();
            lifetime.Dispose();
        }
    }

    private Task Loaded => Task.WhenAll(inProcessEngines.Select(engine => engine.Loaded));

    private async Task SuperviseAsync()
    {
        try
        {
            await (supervisor?.RunAsync(lifetime.Token) ?? Task.Delay(Timeout.InfiniteTimeSpan, time, lifetime.Token)).ConfigureAwait(false);
        }
        catch (Exception error) when (!lifetime.IsCancellationRequested)
        {
            Log.SupervisionFailed(loggers.CreateLogger<ModelRuntime>(), Front.Id, error);
            throw;
        }
    }

    // What is being hashed for a model that cannot be served is ended with it.
    private (ServedModel Model, ServedModel? Fallback) Read(ModelLocator locator)
    {
        try
        {
            // Without workers there is nobody to run the library.
            var encoder = provider == EmbeddingProvider.PythonBridge ? options.Worker.Encoder : WorkerEncoder.Torch;
            var model = ServedModel.Read(options.Model, encoder, locator, lifetime.Token);
            if (model.WhyLibrary is { } because)
            {
                Log.LibraryComputes(loggers.CreateLogger<ModelRuntime>(), model.Name.Id, because);
            }

            return (model, options.FallbackModel is { } second ? ServedModel.Read(second, WorkerEncoder.Torch, locator, lifetime.Token) : null);
        }
        catch
        {
            lifetime.Cancel();
            lifetime.Dispose();
            throw;
        }
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
        return new ModelBridge(model, SpaceOfAsync(model, inProcessOnly), new AdmissionGate(options.Admission), batcher, options, time);
    }

    private (WorkerPool Pool, Supervisor Supervisor) AddWorkers(ServedModel model, InProcessEngine? inProcess, ParityProbe probe)
    {
        var seats = WorkerSeats.OnThisMachine(options.Supervision.Workers, options.Worker.Device);
        var pool = new WorkerPool(options.Worker.InFlight, time, seats.Count);
        var environment = WorkerEnvironment.ForThisMachine(threads);
        var logger = loggers.CreateLogger<Supervisor>();
        var blueprint = new WorkerBlueprint(
            () => new WorkerLauncher(CommandForAsync, time, logger),
            new LoadRequest(model.Description, options.Worker.Device, OptionNames.Kebab(options.Worker.Dtype.ToString()), threads, options.Worker.BatchTokens),
            model.Fingerprint,
            options.Worker.MaxFrameBytes,
            (worker, token) => AcceptAsync(inProcess, probe, worker, token));
        return (pool, new Supervisor(blueprint, seats.Count, options.Supervision, pool, time, logger));

        async Task<WorkerCommand> CommandForAsync(int slot, CancellationToken cancellationToken) => WorkerCommand.ForPython(
            await PythonInterpreter.FindAsync(options.Worker.PythonPath, time, cancellationToken).ConfigureAwait(false),
            options.Worker.MaxFrameBytes,
            environment.Concat(seats.EnvironmentOf(slot)).ToDictionary());
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
