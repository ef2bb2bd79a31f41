using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Requests;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Hosting;

/// <summary>One model of the host, from the moment it is configured to its end: owns everything that runs for it.</summary>
/// <remarks>
/// 1. Read.     Its folder is read, on a thread of its own: however long that takes, nobody else waits for it.
/// 2. Open.     Requests are let in; those that came before have waited. Or it has failed, and every request is told why.
/// 3. Start.    The in-process engines are loaded, then workers are started.
/// 4. Retire.   No new requests; those inside are finished within the grace period, then everything ends.
/// </remarks>
internal sealed class ModelHost : IAsyncDisposable
{
    // Importing torch takes a core for seconds. The in-process engine is loaded before that, so that the first caller need not wait for it.
    private static readonly TimeSpan HeadStart = TimeSpan.FromSeconds(1);

    // A file on a dead disk cannot be given up by its reader: that thread is left behind.
    private static readonly TimeSpan LongestWaitForReader = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource lifetime = new();
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly long configured;
    private Task<ModelParts>? reading;
    private Task comparing = Task.CompletedTask;
    private volatile ModelParts? parts;
    private volatile BridgeError? failure;
    private int disposed;

    /// <param name="options">The model's options.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public ModelHost(ModelOptions options, TimeProvider time, ILogger<ModelHost> logger)
    {
        (Options, this.time, this.logger) = (options, time, logger);
        configured = time.GetTimestamp();
    }

    public ModelOptions Options { get; }

    /// <summary>The names callers may use; where its folder was not read, or its name is another's, those that the configuration tells.</summary>
    public ModelName Name => Served?.Name ?? ModelName.OfConfigured(Options.Model);

    /// <summary>The model as every answer calls it.</summary>
    public string Id => Served?.Pipeline.Id ?? Name.Id;

    /// <summary>Completes when requests are let in, or it has failed.</summary>
    public Task Opened => opened.Task;

    /// <summary>Why it cannot be served; null when it can, or is still being read.</summary>
    public BridgeError? Failure => failure;

    /// <summary>Whether its name is taken: it lets requests in.</summary>
    public bool IsOpen => Opened.IsCompleted && failure is null;

    /// <summary>Why no request is let in; null when requests are.</summary>
    public BridgeError? WhyNoRequests => failure ?? (Opened.IsCompleted ? null : new BridgeError(BridgeErrorKind.NoEngine, StillRead) { RetryAfter = TimeSpan.FromSeconds(1) });

    /// <summary>The way of its requests; it is open.</summary>
    public EmbeddingPipeline Pipeline => parts!.Pipeline;

    /// <summary>Since it was configured.</summary>
    public TimeSpan Age => time.GetElapsedTime(configured);

    /// <summary>Its workers' supervision, once it was started: ends when it is stopped, and with an exception when supervision itself fails.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Whether each of its engines has had its first try.</summary>
    public bool HasSettled => parts is { Loaded.IsCompleted: true } known && known.Supervisor?.Settled.IsCompleted != false;

    /// <summary>Whether requests can be answered now.</summary>
    public BridgeState State => failure is not null ? BridgeState.Failed : Served?.Reporter.State ?? BridgeState.Unavailable;

    /// <summary>The model at this moment.</summary>
    public ModelStatus Status => Served?.Reporter.Take(Age) ?? new ModelStatus
    {
        Model = Id,
        State = State,
        Reasons = [failure?.Message ?? StillRead],
        Facts = null,
        Uptime = Age,
        Workers = [],
        InProcess = InProcessStatus.Off,
        FallbackModel = null,
        Queue = QueueStatus.Empty,
    };

    private ModelParts? Served => failure is null ? parts : null;

    private string StillRead => $"The model {ForeignText.Quote(Name.Id)} is still being read. Try again later.";

    /// <summary>Whether a request for this name means this model.</summary>
    public bool Matches(string requested) => Name.Matches(requested) || requested == Id;

    /// <summary>Reads the model; nobody is let in yet.</summary>
    /// <param name="builder">Reads it and puts it together.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BridgeException">It is not found, or its folder is not understood.</exception>
    public async Task ReadAsync(ModelHostBuilder builder, CancellationToken cancellationToken)
    {
        // Its own thread: the thread pool answers requests.
        reading = Task.Factory.StartNew(() => builder.Build(lifetime.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            parts = await reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // What is being hashed for a model that cannot be served ends with it.
            await lifetime.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Lets requests in; it was read.</summary>
    public void Open() => opened.TrySetResult();

    /// <summary>It cannot be served.</summary>
    public void Fail(string reason)
    {
        failure = new BridgeError(BridgeErrorKind.BadModel, $"The model {ForeignText.Quote(Options.Model)} is not served: {reason}");
        opened.TrySetResult();
    }

    /// <summary>Begins to load its engines; its workers follow.</summary>
    public void Start()
    {
        parts!.Load();
        Running = SuperviseAsync(parts);
        comparing = CompareAsync(parts);
    }

    /// <summary>Completes when an engine answers, or when each has had its first try; <see cref="Start"/> has been called.</summary>
    public async Task SettledAsync(CancellationToken cancellationToken)
    {
        await parts!.Loaded.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (State == BridgeState.Unavailable && parts.Supervisor is { } supervisor)
        {
            await supervisor.Settled.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Has the worker of a slot replaced.</summary>
    /// <returns>False when there is no such slot.</returns>
    public bool RestartWorker(int slot) => parts?.Supervisor?.Restart(slot) ?? false;

    /// <summary>Stops the workers; returns when none is left.</summary>
    public async Task StopAsync()
    {
        await lifetime.CancelAsync().ConfigureAwait(false);
        await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await comparing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Lets nobody in any more, finishes those who are in within the grace period, and ends everything.</summary>
    /// <param name="stopping">The host stops: nothing is waited for.</param>
    public async Task RetireAsync(CancellationToken stopping)
    {
        if (parts is { } running)
        {
            using var bound = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            var grace = Task.Delay(Options.Supervision.GracePeriod, time, bound.Token);
            await Task.WhenAny(running.Pipeline.Drain.CloseAsync(), grace).ConfigureAwait(false);
            await bound.CancelAsync().ConfigureAwait(false);
        }

        await DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            // Also where nobody has stopped it: no worker is left when this returns.
            await StopAsync().ConfigureAwait(false);
            if (failure is null && !Opened.IsCompleted)
            {
                Fail("it was removed, or the host is stopping.");
            }

            if (await HasBeenReadAsync().ConfigureAwait(false))
            {
                await (parts ?? await reading!.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> HasBeenReadAsync()
    {
        if (reading is not null)
        {
            await Task.WhenAny(reading, Task.Delay(LongestWaitForReader, time)).ConfigureAwait(false);
        }

        return reading is { IsCompletedSuccessfully: true };
    }

    private async Task SuperviseAsync(ModelParts running)
    {
        try
        {
            await Task.WhenAny(running.Loaded, Task.Delay(HeadStart, time, lifetime.Token)).ConfigureAwait(false);
            await (running.Supervisor?.RunAsync(lifetime.Token) ?? Task.Delay(Timeout.InfiniteTimeSpan, time, lifetime.Token)).ConfigureAwait(false);
        }
        catch (Exception error) when (!lifetime.IsCancellationRequested)
        {
            Log.SupervisionFailed(logger, running.Pipeline.Id, error);
            throw;
        }
    }

    private async Task CompareAsync(ModelParts running)
    {
        try
        {
            await (running.Comparison?.RunAsync(lifetime.Token) ?? Task.CompletedTask).ConfigureAwait(false);
        }
        catch (Exception error) when (!lifetime.IsCancellationRequested)
        {
            // It only gives advice: the model is served without it.
            Log.ComparisonFailed(logger, running.Pipeline.Id, error);
        }
    }
}
