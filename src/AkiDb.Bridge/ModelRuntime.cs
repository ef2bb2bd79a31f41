using AkiDb.Bridge.Models;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge;

/// <summary>One model that is served, from its start to its end: owns everything that runs in the background for it.</summary>
internal sealed class ModelRuntime : IAsyncDisposable
{
    // Importing torch takes a core for seconds. The in-process engine is loaded before that, so that the first caller need not wait for it.
    private static readonly TimeSpan HeadStart = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource lifetime = new();
    private readonly ModelOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ModelEngines engines;
    private int disposed;

    /// <param name="options">The model's options.</param>
    /// <param name="provider">The engines that it uses.</param>
    /// <param name="threads">The threads of a worker.</param>
    /// <param name="locator">Finds the model.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">The log.</param>
    /// <exception cref="BridgeException">A model is not found, or its folder is not understood.</exception>
    public ModelRuntime(ModelOptions options, EmbeddingProvider provider, int threads, ModelLocator locator, TimeProvider time, ILoggerFactory loggers)
    {
        (this.options, this.time, logger) = (options, time, loggers.CreateLogger<ModelRuntime>());
        try
        {
            engines = new ModelEngines(options, provider, threads, locator, time, loggers, lifetime.Token);
        }
        catch
        {
            // What is being hashed for a model that cannot be served ends with it.
            lifetime.Cancel();
            lifetime.Dispose();
            throw;
        }
    }

    /// <summary>Its requests' way in.</summary>
    public ModelFront Front => engines.Front;

    /// <summary>Lets requests in, until the model is retired.</summary>
    public Doorway Doorway { get; } = new();

    /// <summary>Its workers' supervision, once it was started: ends when it is stopped, and with an exception for a bug of ours.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <inheritdoc cref="ModelEngines.Load"/>
    public void Load() => engines.Load();

    /// <summary>Completes when the in-process engines have been loaded, or have had their head start.</summary>
    public async Task HeadStartAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAny(engines.Loaded, Task.Delay(HeadStart, time, cancellationToken)).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Starts the workers.</summary>
    public void Start() => Running = SuperviseAsync();

    /// <summary>Completes when an engine answers, or when each has had its first try; <see cref="Start"/> has been called.</summary>
    public async Task SettledAsync(CancellationToken cancellationToken)
    {
        await engines.Loaded.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (Front.Health.State == BridgeState.Unavailable && engines.Supervisor is { } supervisor)
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
            await engines.DisposeAsync().ConfigureAwait(false);
            lifetime.Dispose();
        }
    }

    private async Task SuperviseAsync()
    {
        try
        {
            await (engines.Supervisor?.RunAsync(lifetime.Token) ?? Task.Delay(Timeout.InfiniteTimeSpan, time, lifetime.Token)).ConfigureAwait(false);
        }
        catch (Exception error) when (!lifetime.IsCancellationRequested)
        {
            Log.SupervisionFailed(logger, Front.Id, error);
            throw;
        }
    }
}
