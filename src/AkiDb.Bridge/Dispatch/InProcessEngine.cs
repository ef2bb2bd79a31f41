using AkiDb.Bridge.Engines;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Dispatch;

/// <summary>The engine in the host's own process: loading from the moment that it is wanted, then ready or failed.</summary>
internal sealed class InProcessEngine : IAsyncDisposable
{
    // One batch computes while the next is ready: the cores never wait for a batch to be cut.
    private const int Seats = 2;

    private readonly SemaphoreSlim seats = new(Seats, Seats);
    private readonly Func<IEngine> load;
    private readonly int batchTokens;
    private readonly ILogger logger;
    private readonly TaskCompletionSource loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? loading;
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

    /// <summary>The most tokens of one text that it takes. Default: no limit.</summary>
    public int LongestText { get; init; } = int.MaxValue;

    /// <summary>Completes when loading has ended, well or not.</summary>
    public Task Loaded => loaded.Task;

    /// <summary>Whether it may still come: also before <see cref="Start"/>, for requests may be there first.</summary>
    public bool IsLoading => !Loaded.IsCompleted;

    /// <summary>The engine; null while it is not ready, and for good when it cannot be loaded.</summary>
    public IEngine? Current => engine;

    /// <summary>Why the engine does not serve; null when it does or is still loading.</summary>
    public BridgeError? Refusal => refusal;

    /// <summary>Begins to load, in the background.</summary>
    public void Start() => loading = Task.Run(Load);

    /// <summary>A seat, if one is free.</summary>
    public Seat? TrySeat(bool fallback) => Current is { } ready && seats.Wait(0) ? Take(ready, fallback) : null;

    /// <summary>Waits for a seat.</summary>
    /// <returns>The seat; null when the engine is not ready.</returns>
    public async ValueTask<Seat?> SeatAsync(bool fallback, CancellationToken cancellationToken)
    {
        if (Current is not { } ready)
        {
            return null;
        }

        await seats.WaitAsync(cancellationToken).ConfigureAwait(false);
        return Take(ready, fallback);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            await (loading ?? Task.CompletedTask).ConfigureAwait(false);
            loaded.TrySetResult();
            if (engine is IAsyncDisposable disposable)
            {
                await disposable.DisposeAsync().ConfigureAwait(false);
            }

            seats.Dispose();
        }
    }

    private Seat Take(IEngine ready, bool fallback) => new(ready, batchTokens, fallback, inTurn: false, new SeatRight(seats));

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
        finally
        {
            loaded.TrySetResult();
        }
    }
}
