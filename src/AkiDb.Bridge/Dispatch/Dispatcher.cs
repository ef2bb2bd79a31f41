using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace AkiDb.Bridge.Dispatch;

/// <summary>The one place that chooses who computes a batch: a worker, another worker, the in-process engine, or a typed error.</summary>
/// <remarks>
/// 1. Ask the router.           Workers first, as long as they can be trusted.
/// 2. Take a seat, and compute. A worker that dies meanwhile takes nothing with it: step 1 again, within the deadline.
/// 3. Check the rows.           Anything that is not finite is an engine's fault and is never delivered.
/// </remarks>
internal sealed class Dispatcher(WorkerPool? pool, InProcessEngine? inProcess, DispatchOptions options, TimeProvider time, ILogger<Dispatcher> logger)
{
    private readonly ResiliencePipelines pipelines = new(options, time);

    public bool CircuitOpen => pipelines.CircuitOpen;

    /// <summary>Computes a batch.</summary>
    /// <param name="batch">The texts.</param>
    /// <param name="rows">Where the rows go: texts x dimension values.</param>
    /// <param name="inProcessAllowed">Whether the request allows the in-process engine beside the workers.</param>
    /// <param name="remaining">What is left of the request's deadline.</param>
    /// <param name="cancellationToken">The caller has lost interest.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<DispatchReply> DispatchAsync(
        TokenBatch batch, Memory<float> rows, bool inProcessAllowed, TimeSpan remaining, CancellationToken cancellationToken)
    {
        if (remaining <= TimeSpan.Zero)
        {
            return DispatchReply.Failed(OutOfTime(inProcessAllowed));
        }

        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(ResiliencePipelines.Remaining, remaining);
        var call = new Call(batch, rows, inProcessAllowed, time.GetTimestamp(), remaining);
        try
        {
            return await pipelines.Call.ExecuteAsync(
                static async (context, state) => await state.Self.TryAsync(state.call, context.CancellationToken).ConfigureAwait(false),
                context,
                (Self: this, call)).ConfigureAwait(false);
        }
        catch (TimeoutRejectedException)
        {
            return DispatchReply.Failed(OutOfTime(inProcessAllowed));
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private async ValueTask<DispatchReply> TryAsync(Call call, CancellationToken cancellationToken)
    {
        while (true)
        {
            switch (Router.Choose(FactsFor(call), options.Failback))
            {
                case Route.Worker when await SeatAsync(call, cancellationToken).ConfigureAwait(false) is { } lease:
                    return await OnWorkerAsync(lease, call, cancellationToken).ConfigureAwait(false);

                case Route.ComingWorker when await pool!.LeaseAsync(waitForComing: true, cancellationToken).ConfigureAwait(false) is { } lease:
                    return await OnWorkerAsync(lease, call, cancellationToken).ConfigureAwait(false);

                case Route.Worker or Route.ComingWorker:
                    // Whoever was there, or expected, is gone or gives no seat: choose again.
                    continue;

                case Route.InProcess when inProcess!.Current is { } engine:
                    var reply = await engine.EmbedAsync(call.Batch, call.Rows, Left(call), cancellationToken).ConfigureAwait(false);
                    return Judge(reply, engine, call, fallback: pool is not null);

                case Route.InProcess:
                    continue;

                case Route.WaitForInProcess:
                    await inProcess!.Loaded.WaitAsync(cancellationToken).ConfigureAwait(false);
                    continue;

                default:
                    return DispatchReply.Failed(NobodyThere(call));
            }
        }
    }

    // A worker that never answers never frees a seat either: who queues for one gives up as early as who sits on it, if someone else can answer.
    private async ValueTask<WorkerLease?> SeatAsync(Call call, CancellationToken cancellationToken)
    {
        if (!call.InProcessAllowed || inProcess?.Current is null)
        {
            return await pool!.LeaseAsync(waitForComing: false, cancellationToken).ConfigureAwait(false);
        }

        using var patience = new CancellationTokenSource(options.AttemptTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await pool!.LeaseAsync(waitForComing: false, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            call.WorkerFailed = true;
            Log.NoSeat(logger, call.Batch.Texts, call.Batch.Tokens, options.AttemptTimeout);
            return null;
        }
    }

    private async ValueTask<DispatchReply> OnWorkerAsync(WorkerLease lease, Call call, CancellationToken cancellationToken)
    {
        using (lease)
        {
            var pipeline = call.InProcessAllowed && inProcess?.Current is not null ? pipelines.Worker : pipelines.Attempt;
            try
            {
                var reply = await pipeline.ExecuteAsync(
                    static async (state, token) =>
                        await state.lease.Worker.EmbedAsync(state.call.Batch, state.call.Rows, state.Left, token).ConfigureAwait(false),
                    (lease, call, Left: Left(call)),
                    cancellationToken).ConfigureAwait(false);
                return Judge(reply, lease.Worker, call, fallback: false);
            }
            catch (TimeoutRejectedException)
            {
                call.WorkerFailed = true;
                Log.AttemptTimedOut(logger, lease.Worker.Name, call.Batch.Texts, call.Batch.Tokens, options.AttemptTimeout);
                return DispatchReply.Failed(new BridgeError(
                    BridgeErrorKind.EngineFault, $"{lease.Worker.Name} did not answer within {options.AttemptTimeout}."));
            }
            catch (BrokenCircuitException)
            {
                call.WorkerFailed = true;
                return DispatchReply.Failed(new BridgeError(BridgeErrorKind.EngineFault, "The workers failed too often; their circuit is open."));
            }
        }
    }

    private DispatchReply Judge(EngineReply reply, IEngine engine, Call call, bool fallback)
    {
        var error = reply.Error;
        if (error is null && !FiniteRows.All(call.Rows.Span))
        {
            error = new BridgeError(BridgeErrorKind.EngineFault, $"{engine.Name} answered values that are not finite numbers.");
        }

        // The next try goes to the other engine, if there is one.
        call.WorkerFailed = error is not null && engine is Worker;

        if (error is not null)
        {
            Log.AttemptFailed(logger, engine.Name, call.Batch.Texts, call.Batch.Tokens, error.Message);
        }

        return new DispatchReply(error, engine.Name, engine.Precision, reply.Compute, fallback);
    }

    private RouteFacts FactsFor(Call call) => new()
    {
        HasWorkers = pool is not null,
        WorkersServing = pool?.Serving,
        WorkersOut = pool?.Outage is not null,
        CircuitOpen = CircuitOpen,
        WorkerFailed = call.WorkerFailed,
        InProcessAllowed = inProcess is not null && (call.InProcessAllowed || pool is null),
        InProcessReady = inProcess?.Current is not null,
        InProcessLoading = inProcess is { IsLoading: true },
    };

    private BridgeError NobodyThere(Call call)
    {
        var workers = pool?.Outage;
        var reason = (workers, inProcess?.Refusal) switch
        {
            ({ } outage, { } refusal) => $"{outage.Message} The in-process engine cannot answer either: {refusal.Message}",
            ({ } outage, null) when inProcess is null => $"{outage.Message} The in-process engine is not in use.",
            ({ } outage, null) when !call.InProcessAllowed => $"{outage.Message} The fallback is off.",
            ({ } outage, null) => outage.Message,
            (null, { } refusal) => refusal.Message,
            _ => "No engine can answer.",
        };
        return new BridgeError(BridgeErrorKind.NoEngine, reason) { RetryAfter = workers?.RetryAfter ?? TimeSpan.FromSeconds(5) };
    }

    private BridgeError OutOfTime(bool inProcessAllowed) => pool is { Count: 0 } && (!inProcessAllowed || inProcess?.Current is null)
        ? new BridgeError(BridgeErrorKind.NoEngine, "No engine became ready within the request's time.") { RetryAfter = TimeSpan.FromSeconds(2) }
        : new BridgeError(BridgeErrorKind.DeadlineExceeded, "The request's time was over before its vectors were computed.");

    private TimeSpan Left(Call call) => call.Time - time.GetElapsedTime(call.Started);

    private sealed class Call(TokenBatch batch, Memory<float> rows, bool inProcessAllowed, long started, TimeSpan time)
    {
        public TokenBatch Batch { get; } = batch;

        public Memory<float> Rows { get; } = rows;

        public bool InProcessAllowed { get; } = inProcessAllowed;

        public long Started { get; } = started;

        public TimeSpan Time { get; } = time;

        public bool WorkerFailed { get; set; }
    }
}
