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
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge;

/// <summary>Builds the engines of the configured model and owns everything that runs in the background.</summary>
internal sealed class BridgeRuntime : BackgroundService, IAsyncDisposable
{
    // Importing torch takes a core for seconds. The in-process engine is loaded before that, so that the first caller need not wait for it.
    private static readonly TimeSpan HeadStart = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource lifetime = new();
    private readonly BridgeOptions options;
    private readonly TimeProvider time;
    private readonly ILoggerFactory loggers;
    private readonly List<InProcessEngine> inProcessEngines = [];
    private readonly List<Batcher> batchers = [];
    private readonly Supervisor? supervisor;
    private readonly ParityProbe? probe;
    private int disposed;

    /// <exception cref="BridgeException">A model is not found, or its folder is not understood.</exception>
    /// <exception cref="OptionsValidationException">The configuration has mistakes.</exception>
    public BridgeRuntime(IOptions<BridgeOptions> options, TimeProvider time, ILoggerFactory loggers)
    {
        this.options = options.Value;
        this.time = time;
        this.loggers = loggers;
        var locator = new ModelLocator(ModelSearchPaths.FromEnvironment());
        var model = ServedModel.Read(this.options.Model, locator, lifetime.Token);
        var int8 = this.options.Onnx.Precision == OnnxPrecision.Int8;

        // int8 weights are another space: beside float32 workers they are at most a fallback model of their own.
        var inProcess = this.options.Provider switch
        {
            EmbeddingProvider.Mock => AddInProcess(() => new MockEngine(model.Description.Dimension)),
            EmbeddingProvider.PythonBridge when int8 => null,
            _ => AddInProcess(() => OnnxEngine.Load(model.Description, this.options.Onnx, time)),
        };
        (WorkerPool Pool, Supervisor Supervisor)? workers = null;
        if (this.options.Provider == EmbeddingProvider.PythonBridge)
        {
            probe = new ParityProbe(ProbeOf(model), model.Description.Dimension, time, loggers.CreateLogger<ParityProbe>());
            workers = AddWorkers(model, inProcess, probe);
            supervisor = workers.Value.Supervisor;
        }

        var dispatcher = CreateDispatcher(workers?.Pool, inProcess);
        var primary = CreateModelBridge(model, inProcessOnly: workers is null, dispatcher);
        var (fallback, second) = AddFallback(locator);
        var health = new BridgeHealthReport(workers, inProcess, second, this.options.Fallback == FallbackPolicy.Any, dispatcher, time);
        Bridge = new EmbeddingBridge(primary, fallback, health, this.options, time);

        // Here, and not when the host starts: the engines load while the web server starts. Nothing below can fail any more.
        inProcessEngines.ForEach(engine => engine.Start());
    }

    /// <summary>The front door.</summary>
    public EmbeddingBridge Bridge { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            await lifetime.CancelAsync().ConfigureAwait(false);

            // Also where nobody has stopped the host: no worker is left when this returns.
            base.Dispose();
            await (ExecuteTask ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (supervisor is null)
        {
            return;
        }

        var loaded = Task.WhenAll(inProcessEngines.Select(engine => engine.Loaded));
        await Task.WhenAny(loaded, Task.Delay(HeadStart, time, stoppingToken)).ConfigureAwait(false);
        stoppingToken.ThrowIfCancellationRequested();
        await supervisor.RunAsync(stoppingToken).ConfigureAwait(false);
    }

    private InProcessEngine AddInProcess(Func<IEngine> load)
    {
        var cores = options.Onnx.Threads == 0 ? Environment.ProcessorCount : options.Onnx.Threads;
        var engine = new InProcessEngine(load, options.Onnx.BatchTokens * cores, loggers.CreateLogger<InProcessEngine>());
        inProcessEngines.Add(engine);
        return engine;
    }

    private Dispatcher CreateDispatcher(WorkerPool? pool, InProcessEngine? inProcess) =>
        new(pool, inProcess, options.Dispatch, time, loggers.CreateLogger<Dispatcher>());

    private (ModelBridge? Bridge, InProcessEngine? Engine) AddFallback(ModelLocator locator)
    {
        if (options.FallbackModel is not { } configured)
        {
            return (null, null);
        }

        var model = ServedModel.Read(configured, locator, lifetime.Token);
        var engine = AddInProcess(() => OnnxEngine.Load(model.Description, options.Onnx, time));
        return (CreateModelBridge(model, inProcessOnly: true, CreateDispatcher(null, engine)), engine);
    }

    private ModelBridge CreateModelBridge(ServedModel model, bool inProcessOnly, Dispatcher dispatcher)
    {
        var batcher = new Batcher(dispatcher, model.Description.Dimension, options.Batching, time, loggers.CreateLogger<Batcher>());
        batchers.Add(batcher);
        return new ModelBridge(model, SpaceOfAsync(model, inProcessOnly), new AdmissionGate(options.Admission), batcher, options, time);
    }

    private (WorkerPool Pool, Supervisor Supervisor) AddWorkers(ServedModel model, InProcessEngine? inProcess, ParityProbe probe)
    {
        var seats = WorkerSeats.OnThisMachine(options.Supervision.Workers, options.Worker.Device);
        var pool = new WorkerPool(options.Worker.InFlight, time, seats.Count);
        var threads = options.Worker.Threads > 0 ? options.Worker.Threads : Math.Max(1, Environment.ProcessorCount / seats.Count);
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
        var mock = options.Provider == EmbeddingProvider.Mock;
        var int8 = inProcessOnly && !mock && options.Onnx.Precision == OnnxPrecision.Int8;
        var fingerprint = await model.Fingerprint.ConfigureAwait(false);
        return new EmbeddingSpace
        {
            Model = mock ? $"mock/{model.Description.Id}" : model.Description.Id,
            Revision = model.Description.Revision,
            Weights = fingerprint.Value + (int8 ? "-int8" : ""),
            Pooling = model.Description.Pooling.ToName(),
            Prompt = "",
            Dimensions = model.Description.Dimension,
            Normalized = model.Description.Normalize,
            Precision = mock ? "mock" : int8 ? "int8" : "float32",
        };
    }
}
