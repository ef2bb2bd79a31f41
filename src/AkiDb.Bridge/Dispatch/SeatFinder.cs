using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Dispatch;

/// <summary>Finds the engine that computes next, and waits until it has a free seat.</summary>
/// <param name="pool">The workers; null when the model has none.</param>
/// <param name="inProcess">The in-process engine; null when it is not in use.</param>
/// <param name="options">Who comes first, and for how long others wait.</param>
/// <param name="circuitOpen">Whether workers are left alone now.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class SeatFinder(
    WorkerPool? pool, InProcessEngine? inProcess, DispatchOptions options, Func<bool> circuitOpen, TimeProvider time, ILogger logger)
{
    public EngineSpeeds Speeds { get; } = new();

    /// <summary>Waits for a seat.</summary>
    /// <returns>The seat; null when no engine can answer now, and none is coming.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<Seat?> FindAsync(SeatWish wish, CancellationToken cancellationToken)
    {
        while (true)
        {
            var seat = (Seat?)null;
            switch (Router.Choose(FactsFor(wish), options.Failback))
            {
                case Route.Worker when wish.InProcessAllowed && inProcess?.Current is not null:
                    seat = await WorkerOrGiveUpAsync(cancellationToken).ConfigureAwait(false);
                    wish = wish with { AvoidWorkers = seat is null };
                    break;

                case Route.Worker:
                    seat = On(await pool!.LeaseAsync(waitForComing: false, cancellationToken).ConfigureAwait(false));
                    break;

                case Route.ComingWorker:
                    seat = On(await pool!.LeaseAsync(waitForComing: true, cancellationToken).ConfigureAwait(false));
                    break;

                case Route.InProcess:
                    seat = await inProcess!.SeatAsync(InProcessIsFallback, cancellationToken).ConfigureAwait(false);
                    break;

                case Route.Either:
                    seat = TryFaster() ?? await FirstFreeAsync(cancellationToken).ConfigureAwait(false);
                    break;

                case Route.WaitForInProcess:
                    await inProcess!.Loaded.WaitAsync(cancellationToken).ConfigureAwait(false);
                    break;

                default:
                    return null;
            }

            // Whoever was there, or expected, may be gone or give no seat: choose again.
            if (seat is not null)
            {
                return seat;
            }
        }
    }

    /// <summary>Why no engine can answer, after <see cref="FindAsync"/> found none.</summary>
    public BridgeError NobodyThere(SeatWish wish)
    {
        var workers = pool?.Outage;
        var reason = (workers, inProcess?.Refusal) switch
        {
            ({ } outage, { } refusal) => $"{outage.Message} The in-process engine cannot answer either: {refusal.Message}",
            ({ } outage, null) when inProcess is null => $"{outage.Message} The in-process engine is not in use.",
            ({ } outage, null) when !wish.InProcessAllowed => $"{outage.Message} The in-process engine may not stand in: the fallback is off, or a text is longer than Bridge:Onnx:MaxTokens.",
            ({ } outage, null) => outage.Message,
            (null, { } refusal) => refusal.Message,
            _ => "No engine can answer.",
        };
        return new BridgeError(BridgeErrorKind.NoEngine, reason) { RetryAfter = workers?.RetryAfter ?? TimeSpan.FromSeconds(5) };
    }

    /// <summary>What to say of texts whose time is over.</summary>
    public BridgeError OutOfTime(SeatWish wish) => pool is { Count: 0 } && !CanStandIn(wish)
        ? new BridgeError(BridgeErrorKind.NoEngine, "No engine became ready within the request's time.") { RetryAfter = TimeSpan.FromSeconds(2) }
        : new BridgeError(BridgeErrorKind.DeadlineExceeded, "The request's time was over before its vectors were computed.");

    /// <summary>Whether the in-process engine could compute such texts now.</summary>
    public bool CanStandIn(SeatWish wish) => wish.InProcessAllowed && inProcess?.Current is not null;

    /// <summary>Whether the in-process engine takes a text of so many tokens.</summary>
    public bool FitsInProcess(int tokens) => inProcess is null || tokens <= inProcess.LongestText;

    /// <summary>Why nobody here will ever take a text of so many tokens; null when somebody does.</summary>
    public BridgeError? TooLongForAll(int tokens) => pool is not null || FitsInProcess(tokens) ? null : new BridgeError(
        BridgeErrorKind.TooLong,
        $"The text has {tokens} tokens; the in-process engine takes {inProcess!.LongestText}, and there are no workers. Shorten it, use workers, or raise Bridge:Onnx:MaxTokens.");

    private bool InProcessIsFallback => pool is not null && options.Prefer == EnginePreference.Workers;

    // Where either engine will do, what waits for one may go to the other at any moment.
    private Seat? On(WorkerLease? lease) => lease is null
        ? null
        : new Seat(lease.Worker, lease.Worker.BatchTokens, fallback: false, inTurn: options.Prefer == EnginePreference.Workers, lease);

    // A worker that never answers never frees a seat either: who queues for one gives up as early as who sits on it, if someone else can answer.
    private async ValueTask<Seat?> WorkerOrGiveUpAsync(CancellationToken cancellationToken)
    {
        if (On(pool!.TryLease()) is { } free)
        {
            return free;
        }

        using var patience = new CancellationTokenSource(options.AttemptTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return On(await pool.LeaseAsync(waitForComing: false, either.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Log.NoSeat(logger, options.AttemptTimeout);
            return null;
        }
    }

    private Seat? TryFaster() => Speeds.WorkersFirst
        ? On(pool!.TryLease()) ?? inProcess!.TrySeat(InProcessIsFallback)
        : inProcess!.TrySeat(InProcessIsFallback) ?? On(pool!.TryLease());

    private async Task<Seat?> FirstFreeAsync(CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var worker = pool!.LeaseAsync(waitForComing: false, enough.Token).AsTask();
        var engine = inProcess!.SeatAsync(InProcessIsFallback, enough.Token).AsTask();
        await Task.WhenAny(worker, engine).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);

        // Both may have got theirs before the other was told to stop.
        var first = On(await EndedAsync(worker).ConfigureAwait(false));
        var second = await EndedAsync(engine).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (first is not null && second is not null)
        {
            var (kept, other) = Speeds.WorkersFirst ? (first, second) : (second, first);
            other.Dispose();
            return kept;
        }

        return first ?? second;
    }

    private static async Task<T?> EndedAsync<T>(Task<T?> waiting)
        where T : class
    {
        await ((Task)waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return waiting.IsCompletedSuccessfully ? await waiting.ConfigureAwait(false) : null;
    }

    private RouteFacts FactsFor(SeatWish wish) => new()
    {
        // Asked before whether it is ready: what becomes ready in between is seen as at least one of the two.
        InProcessLoading = inProcess is { IsLoading: true },
        Prefer = options.Prefer,
        HasWorkers = pool is not null,
        WorkersServing = pool?.Serving,
        WorkersOut = pool?.Outage is not null,
        CircuitOpen = circuitOpen(),
        AvoidWorkers = wish.AvoidWorkers,
        InProcessAllowed = inProcess is not null && (wish.InProcessAllowed || pool is null),
        InProcessReady = inProcess?.Current is not null,
    };
}
