using AkiDb.Bridge.Engines;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Dispatch;

/// <summary>The engine in the host's own process, from the moment its loading begins: ready, still loading, or failed.</summary>
internal sealed class InProcessEngine : IAsyncDisposable
{
    private readonly Func<IEngine> load;
    private readonly ILogger logger;
    private Task loading = Task.CompletedTask;
    private volatile IEngine? engine;
    private volatile BridgeError? refusal;
    private int disposed;

    /// <param name="load">Loads the engine; throws <see cref="BridgeException"/> when it cannot.</param>
    /// <param name="logger">The log.</param>
    public InProcessEngine(Func<IEngine> load, ILogger logger)
    {
        this.load = load;
        this.logger = logger;
    }

    /// <summary>Completes when loading has ended, well or not.</summary>
    public Task Loaded => loading;

    public bool IsLoading => !loading.IsCompleted;

    /// <summary>The engine; null while it is not ready, and for good when it cannot be loaded.</summary>
    public IEngine? Current => engine;

    /// <summary>Why the engine does not serve; null when it does or is still loading.</summary>
    public BridgeError? Refusal => refusal;

    /// <summary>Begins to load, in the background.</summary>
    public void Start() => loading = Task.Run(Load);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            await loading.ConfigureAwait(false);
            if (engine is IAsyncDisposable disposable)
            {
                await disposable.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private void Refuse(BridgeError reason)
    {
        refusal = reason;
        Log.InProcessFailed(logger, reason.Message);
    }

    private void Load()
    {
        try
        {
            engine = load();
            Log.InProcessReady(logger);
        }
        catch (BridgeException error)
        {
            Refuse(error.Error);
        }
        catch (Exception error)
        {
            // Such as a machine that lacks the native library: requests, workers and shutdown must not stumble over it.
            Refuse(new BridgeError(BridgeErrorKind.BadModel, $"The in-process engine could not be loaded: {error.Message}"));
        }
    }
}
