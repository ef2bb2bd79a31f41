using AkiDb.Bridge.Engines;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Dispatch;

/// <summary>The engine in the host's own process: loading from the moment that it is wanted, then ready or failed.</summary>
internal sealed class InProcessEngine : IAsyncDisposable
{
    // One batch computes while the next is ready: the cores never wait for a batch to be cut.
    private const int Permits = 2;

    private readonly SemaphoreSlim permits = new(Permits, Permits);
    private readonly Func<IEngine> load;
    private readonly int batchTokens;
    private readonly ILogger logger;
    private readonly TaskCompletionSource loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? loading;
    private readonly CancellationTokenSource disposing = new();
    private IEngine? opened;
    private volatile IEngine? engine;
    private volatile BridgeError? refusal;
    private int disposed;

    /// <param name="load">Loads the engine; throws <see cref="BridgeException"/> when it cannot.</param>
    /// <param name="batchTokens">The tokens of one batch that keep all its cores busy.</param>
    /// <param name="logger">The log.</param>
    public InProcessEngine(Func<IEngine> load, int batchTokens, ILogger logger)
    {
        this.load = load;
        this.batchTokens = batchTokens;
        this.logger = logger;
    }

    /// <summary>Has the engine compute what is known, before it serves; returns why it may not. Default: nothing is asked.</summary>
    public Func<IEngine, CancellationToken, Task<BridgeError?>> Check { get; init; } = static (_, _) => Task.FromResult<BridgeError?>(null);

    /// <summary>The tokens of one batch that keep all its cores busy.</summary>
    public int BatchTokens => batchTokens;

    /// <summary>Completes when loading and its check have ended, well or not.</summary>
    public Task Loaded => loaded.Task;

    /// <summary>Whether it may still come: also before <see cref="Start"/>, for requests may be there first.</summary>
    public bool IsLoading => !Loaded.IsCompleted;

    /// <summary>The engine; null while it is not ready, and for good when it cannot be loaded.</summary>
    public IEngine? Current => engine;

    /// <summary>Why the engine does not serve; null when it does or is still loading.</summary>
    public BridgeError? Refusal => refusal;

    /// <summary>Begins to load, in the background.</summary>
    public void Start() => loading = Task.Run(LoadAsync);

    /// <summary>Its rows are wrong: it serves no longer.</summary>
    public void Expel(string reason)
    {
        // The reason first: whoever finds no engine asks for it.
        Refuse(new BridgeError(BridgeErrorKind.NoEngine, reason));
        engine = null;
    }

    /// <summary>A lease, if one is free.</summary>
    public EngineLease? TryLease(bool fallback) => Current is { } ready && permits.Wait(0) ? Take(ready, fallback) : null;

    /// <summary>Waits for a lease.</summary>
    /// <returns>The lease; null when the engine is not ready.</returns>
    public async ValueTask<EngineLease?> LeaseAsync(bool fallback, CancellationToken cancellationToken)
    {
        if (Current is not { } ready)
        {
            return null;
        }

        await permits.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (Current is null)
        {
            // It was expelled meanwhile.
            permits.Release();
            return null;
        }

        return Take(ready, fallback);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            await disposing.CancelAsync().ConfigureAwait(false);
            await (loading ?? Task.CompletedTask).ConfigureAwait(false);
            loaded.TrySetResult();
            if (opened is IAsyncDisposable disposable)
            {
                await disposable.DisposeAsync().ConfigureAwait(false);
            }

            permits.Dispose();
            disposing.Dispose();
        }
    }

    private EngineLease Take(IEngine ready, bool fallback) => new(ready, batchTokens, fallback, computesInOrder: false, new InProcessPermit(permits));

    private void Refuse(BridgeError reason)
    {
        refusal = reason;
        Log.InProcessFailed(logger, reason.Message);
    }

    private async Task LoadAsync()
    {
        try
        {
            opened = load();

            // Before it serves anybody: a model that gives the same vector for every text would corrupt an index from its first answer on.
            if (await CheckAsync(opened).ConfigureAwait(false) is { } why)
            {
                Refuse(why);
            }
            else
            {
                engine = opened;
                Log.InProcessReady(logger);
            }
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
        finally
        {
            loaded.TrySetResult();
        }
    }

    private async Task<BridgeError?> CheckAsync(IEngine serving)
    {
        try
        {
            // One that could not compute it now may well compute it the next time; every row that it answers is looked at.
            return await Check(serving, disposing.Token).ConfigureAwait(false) is { IsTransient: false } refusal ? refusal : null;
        }
        catch (OperationCanceledException) when (disposing.IsCancellationRequested)
        {
            return null;
        }
    }
}
