using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Timeout;

namespace AkiDb.Bridge.Dispatch;

/// <summary>The one place that chooses who computes a batch: a worker, another worker, the in-process engine, or a typed error.</summary>
/// <remarks>
/// 1. Lease an engine.           Workers first, unless the options say otherwise, and as long as they can be trusted.
/// 2. Compute.                   A worker that dies meanwhile takes nothing with it: step 1 again, <c>Retries</c> times, and then in halves, within the
///                               deadline. One that is silent or too slow is given up by <c>HealthMonitor</c> or by the limit of an attempt
///                               (<see cref="ResiliencePipelines"/>): step 1 again too.
/// 3. Check the rows.            What the model cannot give is an engine's fault and is never delivered.
/// 4. Divide what keeps failing. Only the poisoned input gets the error, its neighbours get their rows; what kills workers is remembered.
/// </remarks>
internal sealed class Dispatcher : IBatchDispatcher
{
    private readonly WorkerPool? pool;
    private readonly DispatchOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ResiliencePipelines pipelines;
    private readonly EngineSelector selector;
    private readonly WorkerAttempt attempt;

    /// <param name="pool">The workers; null when the model has none.</param>
    /// <param name="inProcess">The in-process engine; null when it is not in use.</param>
    /// <param name="options">How long calls may take and how often they are tried again.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="probe">Knows right rows; null for an engine whose rows mean nothing.</param>
    public Dispatcher(
        WorkerPool? pool, InProcessEngine? inProcess, DispatchOptions options, TimeProvider time, ILogger<Dispatcher> logger, ParityProbe? probe = null)
    {
        this.pool = pool;
        this.options = options;
        this.time = time;
        this.logger = logger;
        pipelines = new ResiliencePipelines(options, time);
        selector = new EngineSelector(pool, inProcess, options, () => CircuitOpen, time, logger);
        if (pool is not null)
        {
            (pool.WaitAt, pool.LongWait) = (selector.WaitFor, () => selector.LongWaitForWorkers);
        }

        Poison = new PoisonTracker(options.PoisonMemory, time);
        Audit = new RowAudit(probe, Expel, Random.Shared.Next, logger);
        attempt = new WorkerAttempt(pipelines, Audit, Poison, time);

        void Expel(IEngine engine, string reason)
        {
            if (engine is Worker worker)
            {
                worker.Connection.Distrust(reason);
            }
            else
            {
                inProcess?.Expel(reason);
            }
        }
    }

    public bool CircuitOpen => pipelines.CircuitOpen;

    /// <summary>The inputs that workers died of, or may have died of.</summary>
    public PoisonTracker Poison { get; }

    /// <summary>Checks what engines answer, and knows how much of it is suspect.</summary>
    public RowAudit Audit { get; }

    /// <inheritdoc cref="EngineSelector.LeaseAsync"/>
    public ValueTask<EngineLease?> LeaseAsync(EngineRequirements requirements, CancellationToken cancellationToken) => selector.LeaseAsync(requirements, cancellationToken);

    /// <inheritdoc cref="WorkerPool.OnFreeLease"/>
    public void OnFreeLease(Action callback) => pool?.OnFreeLease(callback);

    /// <inheritdoc/>
    public EngineRequirements RequirementsOf(ReadOnlySpan<int> ids, bool inProcessAllowed, out BridgeError? refusal)
    {
        var poison = Poison.RecordOf(ids);
        var requirements = new EngineRequirements(inProcessAllowed, poison.IsSuspect);
        refusal = poison.IsPoison && !selector.CanStandIn(requirements) ? PoisonError : null;
        return requirements;
    }

    /// <inheritdoc cref="EngineSelector.OutOfTime"/>
    public BridgeError OutOfTime(EngineRequirements requirements) => selector.OutOfTime(requirements);

    /// <summary>Computes a batch.</summary>
    /// <param name="batch">The texts.</param>
    /// <param name="rows">Where the rows go: texts x dimension values.</param>
    /// <param name="requirements">Who may compute it.</param>
    /// <param name="lease">The lease for the first try, given back by this call; null to find one.</param>
    /// <param name="remaining">What is left of the deadline.</param>
    /// <param name="onPart">Called for every text exactly once: for all at once, unless the batch had to be divided.</param>
    /// <param name="cancellationToken">The caller has lost interest.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask DispatchAsync(
        TokenBatch batch, Memory<float> rows, EngineRequirements requirements, EngineLease? lease, TimeSpan remaining, Action<BatchPart> onPart, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var call = new DispatchCall(batch, rows, requirements, lease, options.Retries, batch.Texts == 1 ? Poison.RecordOf(batch.Ids.Span).Deaths : 0);
        try
        {
            await TryWholeThenHalvesAsync(call, 0).ConfigureAwait(false);
        }
        finally
        {
            call.TakeLease()?.Dispose();
        }

        async ValueTask TryWholeThenHalvesAsync(DispatchCall part, int first)
        {
            var reply = await ComputeAsync(part, remaining - time.GetElapsedTime(started), cancellationToken).ConfigureAwait(false);
            if (!part.IsWorthDividing(reply))
            {
                onPart(new BatchPart(first, part.Batch.Texts, reply));
                return;
            }

            // One half after the other: with both at once nobody would know which one a worker died of.
            Log.Divided(logger, part.Batch.Texts, part.Deaths);
            var texts = part.Batch.Texts / 2;
            await TryWholeThenHalvesAsync(part.Part(0, texts), first).ConfigureAwait(false);
            await TryWholeThenHalvesAsync(part.Part(texts, part.Batch.Texts - texts), first + texts).ConfigureAwait(false);
        }
    }

    private BridgeError PoisonError => PoisonErrors.ForInput(options.PoisonMemory);

    private async ValueTask<DispatchReply> ComputeAsync(DispatchCall call, TimeSpan remaining, CancellationToken cancellationToken)
    {
        if (remaining <= TimeSpan.Zero)
        {
            return DispatchReply.Failed(selector.OutOfTime(call.Requirements));
        }

        var started = time.GetTimestamp();
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(ResiliencePipelines.Remaining, remaining);
        context.Properties.Set(ResiliencePipelines.Call, call);
        try
        {
            var reply = await pipelines.Total.ExecuteAsync(
                static async (context, state) =>
                    await state.Self.TryAsync(state.call, state.remaining - state.Self.time.GetElapsedTime(state.started), context.CancellationToken).ConfigureAwait(false),
                context,
                (Self: this, call, remaining, started)).ConfigureAwait(false);
            return call is { IsDeadly: true, Batch.Texts: 1 } && reply.Error is not null ? RefusePoison(call) : reply;
        }
        catch (TimeoutRejectedException)
        {
            return DispatchReply.Failed(selector.OutOfTime(call.Requirements));
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private async ValueTask<DispatchReply> TryAsync(DispatchCall call, TimeSpan remaining, CancellationToken cancellationToken)
    {
        var lease = call.TakeLease() ?? await selector.LeaseAsync(call.Requirements, cancellationToken).ConfigureAwait(false);
        if (lease is null)
        {
            return DispatchReply.Failed(selector.NobodyThere(call.Requirements));
        }

        var started = time.GetTimestamp();
        using (lease)
        {
            var (reply, spare) = await RunAsync(lease, call, remaining, cancellationToken).ConfigureAwait(false);
            if (spare is null)
            {
                return Judge(lease, call, reply, time.GetElapsedTime(started));
            }

            lease.Dispose();
            using (spare)
            {
                var moved = time.GetTimestamp();
                (reply, _) = await RunAsync(spare, call, remaining - time.GetElapsedTime(started, moved), cancellationToken).ConfigureAwait(false);
                return Judge(spare, call, reply, time.GetElapsedTime(moved));
            }
        }
    }

    /// <returns>The reply; or, for texts that waited behind others at a worker that is busy for long, a lease on the engine that is to compute them.</returns>
    private async ValueTask<(EngineReply Reply, EngineLease? Spare)> RunAsync(EngineLease lease, DispatchCall call, TimeSpan remaining, CancellationToken cancellationToken)
    {
        var load = selector.LoadOf(lease.Engine);
        var place = load.Begin(call.Batch.Tokens);
        try
        {
            if (lease.Engine is not Worker worker)
            {
                return (await Audit.EmbedAsync(lease.Engine, call, remaining, cancellationToken).ConfigureAwait(false), null);
            }

            var canStandIn = selector.CanStandIn(call.Requirements);
            return canStandIn && load.IsBehindAnother(place)
                ? await RunOrMoveAsync(worker, load, place, call, remaining, cancellationToken).ConfigureAwait(false)
                : (await attempt.RunAsync(worker, call, canStandIn, remaining, cancellationToken).ConfigureAwait(false), null);
        }
        catch (OutOfMemoryException)
        {
            var error = new BridgeError(BridgeErrorKind.OutOfMemory, $"The host has no memory for a batch of {call.Batch.Texts} texts on {lease.Engine.Name}.");
            return (new EngineReply(error, TimeSpan.Zero), null);
        }
        finally
        {
            load.End(place);
        }
    }

    private async ValueTask<(EngineReply Reply, EngineLease? Spare)> RunOrMoveAsync(
        Worker worker, EngineLoad load, LinkedListNode<(int Tokens, long Since)> place, DispatchCall call, TimeSpan remaining, CancellationToken cancellationToken)
    {
        using var moving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = attempt.RunAsync(worker, call, breakable: true, remaining, moving.Token).AsTask();
        while (true)
        {
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(running, Task.Delay(selector.LongWaitForWorkers, time, waiting.Token)).ConfigureAwait(false);
            await waiting.CancelAsync().ConfigureAwait(false);
            if (running.IsCompleted || cancellationToken.IsCancellationRequested || !load.IsBehindAnother(place))
            {
                return (await running.ConfigureAwait(false), null);
            }

            if (selector.TryStandIn(call.Requirements) is not { } spare)
            {
                continue;
            }

            await moving.CancelAsync().ConfigureAwait(false);
            await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (running.IsCompletedSuccessfully)
            {
                // Its rows were arriving.
                spare.Dispose();
                return (await running.ConfigureAwait(false), null);
            }

            if (!running.IsCanceled || cancellationToken.IsCancellationRequested)
            {
                spare.Dispose();
                return (await running.ConfigureAwait(false), null);
            }

            Log.TakenOver(logger, worker.Name, call.Batch.Texts);
            return (default, spare);
        }
    }

    private DispatchReply Judge(EngineLease lease, DispatchCall call, EngineReply reply, TimeSpan took)
    {
        var onWorker = lease.Engine is Worker;
        if (reply.Error is { } error)
        {
            Log.AttemptFailed(logger, lease.Engine.Name, call.Batch.Texts, call.Batch.Tokens, error.Message);
            call.RecordFailure(onWorker, reply.Loss == BatchLoss.Computing);
        }
        else
        {
            selector.Speeds.Record(onWorker, call.Batch.Tokens, took);
            selector.Times(onWorker).Record(call.Batch.Tokens, reply.Compute);
            if (onWorker)
            {
                Poison.Clear(call.Batch);
            }
        }

        return new DispatchReply(reply.Error, lease.Engine.Name, lease.Engine.Precision, reply.Compute, lease.Fallback, call.HasFailed);
    }

    private DispatchReply RefusePoison(DispatchCall call)
    {
        Log.Poison(logger, call.Batch.Tokens, call.Deaths);
        return DispatchReply.Failed(PoisonError);
    }
}
