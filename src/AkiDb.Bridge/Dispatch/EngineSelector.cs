using System.Runtime.CompilerServices;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Dispatch;

/// <summary>Finds the engine that computes next, and waits until it has a free permit.</summary>
/// <param name="pool">The workers; null when the model has none.</param>
/// <param name="inProcess">The in-process engine; null when it is not in use.</param>
/// <param name="options">Who comes first, and for how long others wait.</param>
/// <param name="circuitOpen">Whether workers are left alone now.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class EngineSelector(
    WorkerPool? pool, InProcessEngine? inProcess, DispatchOptions options, Func<bool> circuitOpen, TimeProvider time, ILogger logger)
{
    // Shorter than anything that a caller would notice as a stop, longer than most batches take.
    private static readonly TimeSpan LeastLongWait = TimeSpan.FromSeconds(1);

    private readonly ConditionalWeakTable<IEngine, EngineLoad> loads = [];
    private readonly BatchTimes workerTimes = new();
    private readonly BatchTimes inProcessTimes = new();

    public EngineSpeeds Speeds { get; } = new();

    /// <summary>How long the batches of workers, or of the in-process engine, take.</summary>
    public BatchTimes Times(bool workers) => workers ? workerTimes : inProcessTimes;

    /// <summary>What an engine has in flight.</summary>
    public EngineLoad LoadOf(IEngine engine) => loads.GetValue(engine, _ => new EngineLoad(time));

    /// <summary>A lease on the in-process engine for texts that wait behind others at a worker; null when it may not compute them, or has no permit.</summary>
    public EngineLease? TryStandIn(EngineRequirements requirements) => CanStandIn(requirements) ? TryInProcess() : null;

    /// <summary>How long a text may wait behind others at a worker before another engine takes over.</summary>
    public TimeSpan LongWaitForWorkers => LongWait(workers: true);

    /// <summary>Waits for a lease.</summary>
    /// <returns>The lease; null when no engine can answer now, and none is coming.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<EngineLease?> LeaseAsync(EngineRequirements requirements, CancellationToken cancellationToken)
    {
        while (true)
        {
            var lease = (EngineLease?)null;
            var facts = FactsFor(requirements);
            switch (Router.Choose(facts, options.Failback))
            {
                case Route.Worker when CanStandIn(requirements):
                    lease = await FirstOrSpareAsync(workersFirst: true, cancellationToken).ConfigureAwait(false);
                    break;

                case Route.Worker:
                    lease = On(await pool!.LeaseAsync(waitForComing: false, cancellationToken).ConfigureAwait(false));
                    break;

                case Route.ComingWorker:
                    lease = On(await pool!.LeaseAsync(waitForComing: true, cancellationToken).ConfigureAwait(false));
                    break;

                case Route.InProcess when options.Prefer == EnginePreference.InProcess && Router.Trusts(facts, options.Failback):
                    lease = await FirstOrSpareAsync(workersFirst: false, cancellationToken).ConfigureAwait(false);
                    break;

                case Route.InProcess:
                    lease = await inProcess!.LeaseAsync(InProcessIsFallback, cancellationToken).ConfigureAwait(false);
                    break;

                case Route.Either:
                    lease = TryTake(Speeds.WorkersFirst, spareAtOnce: true) ?? await FirstFreeAsync(cancellationToken).ConfigureAwait(false);
                    break;

                case Route.WaitForInProcess:
                    await inProcess!.Loaded.WaitAsync(cancellationToken).ConfigureAwait(false);
                    break;

                default:
                    return null;
            }

            // Whoever was there, or expected, may be gone or give no lease: choose again.
            if (lease is not null)
            {
                return lease;
            }
        }
    }

    /// <summary>Why no engine can answer, after <see cref="LeaseAsync"/> found none.</summary>
    public BridgeError NobodyThere(EngineRequirements requirements)
    {
        var workers = pool?.Outage;
        var reason = (workers, inProcess?.Refusal) switch
        {
            ({ } outage, { } refusal) => $"{outage.Message} The in-process engine cannot answer either: {refusal.Message}",
            ({ } outage, null) when inProcess is null => $"{outage.Message} The in-process engine is not in use.",
            ({ } outage, null) when !requirements.InProcessAllowed => $"{outage.Message} The in-process engine may not stand in: the fallback is off.",
            ({ } outage, null) => outage.Message,
            (null, { } refusal) => refusal.Message,
            _ => "No engine can answer.",
        };
        return new BridgeError(BridgeErrorKind.NoEngine, reason) { RetryAfter = workers?.RetryAfter ?? TimeSpan.FromSeconds(5) };
    }

    /// <summary>What to say of texts whose time is over.</summary>
    public BridgeError OutOfTime(EngineRequirements requirements) => pool is { Count: 0 } && !CanStandIn(requirements)
        ? new BridgeError(BridgeErrorKind.NoEngine, "No engine became ready within the request's time.") { RetryAfter = TimeSpan.FromSeconds(2) }
        : new BridgeError(BridgeErrorKind.DeadlineExceeded, "The request's time was over before its vectors were computed.");

    /// <summary>Whether the in-process engine could compute such texts now.</summary>
    public bool CanStandIn(EngineRequirements requirements) => requirements is { InProcessAllowed: true, AvoidInProcess: false } && inProcess?.Current is not null;

    /// <summary>How long a batch that comes now would wait at an engine.</summary>
    public TimeSpan WaitFor(IEngine engine) => LoadOf(engine).Wait(Times(engine is Worker));

    private bool InProcessIsFallback => pool is not null && options.Prefer == EnginePreference.Workers;

    // Where either engine will do, what waits for one may go to the other at any moment.
    private EngineLease? On(WorkerLease? lease) => lease is null
        ? null
        : new EngineLease(lease.Worker, lease.Worker.BatchTokens, fallback: false, computesInOrder: options.Prefer == EnginePreference.Workers, lease);

    // An engine that is busy for long counts like one that is not there: what another one can compute at once does not wait for it.
    private async ValueTask<EngineLease?> FirstOrSpareAsync(bool workersFirst, CancellationToken cancellationToken)
    {
        if (TryTake(workersFirst, spareAtOnce: false) is { } free)
        {
            return free;
        }

        using var longWait = new CancellationTokenSource(LongWait(workersFirst), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(longWait.Token, cancellationToken);
        try
        {
            var lease = workersFirst
                ? On(await pool!.LeaseAsync(waitForComing: false, either.Token).ConfigureAwait(false))
                : await inProcess!.LeaseAsync(InProcessIsFallback, either.Token).ConfigureAwait(false);
            return lease is null ? null : OrSpare(lease, workersFirst);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Log.BusyForLong(logger, LongWait(workersFirst));
            return await FirstFreeAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A lease that is free now, of the first choice unless that one is busy for long.</summary>
    /// <param name="workersFirst">Which is the first choice.</param>
    /// <param name="spareAtOnce">Whether the other one computes what the first choice has no permit for, however soon it will have one.</param>
    private EngineLease? TryTake(bool workersFirst, bool spareAtOnce)
    {
        var lease = workersFirst ? TryWorker() : TryInProcess();
        if (lease is not null)
        {
            return OrSpare(lease, workersFirst);
        }

        return spareAtOnce || ShortestWait(workersFirst) > LongWait(workersFirst) ? TrySpare(workersFirst) : null;
    }

    private EngineLease OrSpare(EngineLease lease, bool workersFirst)
    {
        var wait = WaitFor(lease.Engine);
        if (wait <= LongWait(workersFirst) || TrySpare(workersFirst) is not { } spare)
        {
            return lease;
        }

        var (kept, other) = WaitFor(spare.Engine) < wait ? (spare, lease) : (lease, spare);
        other.Dispose();
        return kept;
    }

    private EngineLease? TrySpare(bool workersFirst) => workersFirst ? TryInProcess() : TryWorker();

    private EngineLease? TryWorker() => On(pool!.TryLease());

    private EngineLease? TryInProcess() => inProcess!.TryLease(InProcessIsFallback);

    private TimeSpan ShortestWait(bool workers) => workers
        ? pool!.ShortestWait ?? TimeSpan.Zero
        : inProcess!.Current is { } engine ? WaitFor(engine) : TimeSpan.Zero;

    // What large batches are used to take is no long wait on a slow machine.
    private TimeSpan LongWait(bool workers)
    {
        var full = Times(workers).Expected(workers ? pool!.BatchTokens : inProcess!.BatchTokens) * 2;
        return full < LeastLongWait ? LeastLongWait : full < options.AttemptTimeout ? full : options.AttemptTimeout;
    }

    private async Task<EngineLease?> FirstFreeAsync(CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var worker = pool!.LeaseAsync(waitForComing: false, enough.Token).AsTask();
        var engine = inProcess!.LeaseAsync(InProcessIsFallback, enough.Token).AsTask();
        await Task.WhenAny(worker, engine).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);

        // Both may have got theirs before the other was told to stop.
        var first = On(await EndedAsync(worker).ConfigureAwait(false));
        var second = await EndedAsync(engine).ConfigureAwait(false);
        if (cancellationToken.IsCancellationRequested)
        {
            first?.Dispose();
            second?.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
        }

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

    private RouteFacts FactsFor(EngineRequirements requirements) => new()
    {
        // Asked before whether it is ready: what becomes ready in between is seen as at least one of the two.
        InProcessLoading = inProcess is { IsLoading: true },
        Prefer = options.Prefer,
        HasWorkers = pool is not null,
        WorkersServing = pool?.Serving,
        WorkersOut = pool?.Outage is not null,
        CircuitOpen = circuitOpen(),
        AvoidWorkers = requirements.AvoidWorkers,
        InProcessAllowed = inProcess is not null && (requirements.InProcessAllowed || pool is null),
        InProcessReady = inProcess?.Current is not null && !(requirements.AvoidInProcess && pool?.Serving is not null),
    };
}
