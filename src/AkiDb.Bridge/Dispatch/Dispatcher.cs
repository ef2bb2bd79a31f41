using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Timeout;

namespace AkiDb.Bridge.Dispatch;

/// <summary>The one place that chooses who computes a batch: a worker, another worker, the in-process engine, or a typed error.</summary>
/// <remarks>
/// 1. Find a seat.              Workers first, unless the options say otherwise, and as long as they can be trusted.
/// 2. Compute.                  A worker that dies meanwhile takes nothing with it: step 1 again, within the deadline.
/// 3. Check the rows.           Anything that is not finite is an engine's fault and is never delivered.
/// 4. Divide what keeps failing. Only the guilty input gets the error; what kills workers is remembered.
/// </remarks>
internal sealed class Dispatcher
{
    private readonly WorkerPool? pool;
    private readonly DispatchOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ResiliencePipelines pipelines;
    private readonly SeatFinder seats;
    private readonly WorkerAttempt attempt;

    public Dispatcher(WorkerPool? pool, InProcessEngine? inProcess, DispatchOptions options, TimeProvider time, ILogger<Dispatcher> logger)
    {
        this.pool = pool;
        this.options = options;
        this.time = time;
        this.logger = logger;
        pipelines = new ResiliencePipelines(options, time);
        seats = new SeatFinder(pool, inProcess, options, () => CircuitOpen, time, logger);
        Suspects = new SuspectInputs(options.PoisonMemory, time);
        attempt = new WorkerAttempt(pipelines, Suspects, time);
    }

    public bool CircuitOpen => pipelines.CircuitOpen;

    /// <summary>The inputs that workers died of, or may have died of.</summary>
    public SuspectInputs Suspects { get; }

    /// <inheritdoc cref="SeatFinder.FindAsync"/>
    public ValueTask<Seat?> FindSeatAsync(SeatWish wish, CancellationToken cancellationToken) => seats.FindAsync(wish, cancellationToken);

    /// <inheritdoc cref="WorkerPool.OnFreeSeat"/>
    public void OnFreeSeat(Action told) => pool?.OnFreeSeat(told);

    /// <summary>The error of an input that is known to kill workers.</summary>
    public BridgeError PoisonError => PoisonInput.Error(options.PoisonMemory);

    /// <inheritdoc cref="SeatFinder.CanStandIn"/>
    public bool CanStandIn(SeatWish wish) => seats.CanStandIn(wish);

    /// <inheritdoc cref="SeatFinder.FitsInProcess"/>
    public bool FitsInProcess(int tokens) => seats.FitsInProcess(tokens);

    /// <inheritdoc cref="SeatFinder.TooLongForAll"/>
    public BridgeError? TooLongForAll(int tokens) => seats.TooLongForAll(tokens);

    /// <inheritdoc cref="SeatFinder.OutOfTime"/>
    public BridgeError OutOfTime(SeatWish wish) => seats.OutOfTime(wish);

    /// <summary>Computes a batch.</summary>
    /// <param name="batch">The texts.</param>
    /// <param name="rows">Where the rows go: texts x dimension values.</param>
    /// <param name="wish">Who may compute it.</param>
    /// <param name="seat">The seat for the first try, given back by this call; null to find one.</param>
    /// <param name="remaining">What is left of the deadline.</param>
    /// <param name="onPart">Told of every text exactly once: of all at once, unless the batch had to be divided.</param>
    /// <param name="cancellationToken">The caller has lost interest.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask DispatchAsync(
        TokenBatch batch, Memory<float> rows, SeatWish wish, Seat? seat, TimeSpan remaining, Action<BatchPart> onPart, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var call = new DispatchCall(batch, rows, wish, seat, options.Retries, batch.Texts == 1 ? Suspects.Of(batch.Ids.Span).Deaths : 0);
        try
        {
            await TryWholeThenHalvesAsync(call, 0).ConfigureAwait(false);
        }
        finally
        {
            call.TakeSeat()?.Dispose();
        }

        async ValueTask TryWholeThenHalvesAsync(DispatchCall part, int first)
        {
            var reply = await ComputeAsync(part, remaining - time.GetElapsedTime(started), cancellationToken).ConfigureAwait(false);
            if (!part.IsWorthDividing(reply))
            {
                onPart(new BatchPart(first, part.Batch.Texts, reply));
                return;
            }

            // One half after the other: two suspects at once would leave two to blame for a death.
            Log.Divided(logger, part.Batch.Texts, part.Deaths);
            var texts = part.Batch.Texts / 2;
            await TryWholeThenHalvesAsync(part.Part(0, texts), first).ConfigureAwait(false);
            await TryWholeThenHalvesAsync(part.Part(texts, part.Batch.Texts - texts), first + texts).ConfigureAwait(false);
        }
    }

    private async ValueTask<DispatchReply> ComputeAsync(DispatchCall call, TimeSpan remaining, CancellationToken cancellationToken)
    {
        if (remaining <= TimeSpan.Zero)
        {
            return DispatchReply.Failed(seats.OutOfTime(call.Wish));
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
            return call is { IsDeadly: true, Batch.Texts: 1 } && reply.Error is not null ? Condemn(call) : reply;
        }
        catch (TimeoutRejectedException)
        {
            return DispatchReply.Failed(seats.OutOfTime(call.Wish));
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private async ValueTask<DispatchReply> TryAsync(DispatchCall call, TimeSpan remaining, CancellationToken cancellationToken)
    {
        using var seat = call.TakeSeat() ?? await seats.FindAsync(call.Wish, cancellationToken).ConfigureAwait(false);
        if (seat is null)
        {
            return DispatchReply.Failed(seats.NobodyThere(call.Wish));
        }

        var started = time.GetTimestamp();
        var worker = seat.Engine as Worker;
        var reply = worker is null
            ? await seat.Engine.EmbedAsync(call.Batch, call.Rows, remaining, cancellationToken).ConfigureAwait(false)
            : await attempt.RunAsync(worker, call, seats.CanStandIn(call.Wish), remaining, cancellationToken).ConfigureAwait(false);
        var error = reply.Error;
        if (error is null && !FiniteRows.All(call.Rows.Span))
        {
            error = new BridgeError(BridgeErrorKind.EngineFault, $"{seat.Engine.Name} answered values that are not finite numbers.");
        }

        if (error is null)
        {
            seats.Speeds.Note(worker is not null, call.Batch.Tokens, time.GetElapsedTime(started));
            if (worker is not null)
            {
                Suspects.Clear(call.Batch);
            }
        }
        else
        {
            Log.AttemptFailed(logger, seat.Engine.Name, call.Batch.Texts, call.Batch.Tokens, error.Message);
            call.NoteFailure(worker is not null, reply.Loss == BatchLoss.Computing);
        }

        return new DispatchReply(error, seat.Engine.Name, seat.Engine.Precision, reply.Compute, seat.Fallback, call.HasFailed);
    }

    private DispatchReply Condemn(DispatchCall call)
    {
        Log.Poison(logger, call.Batch.Tokens, call.Deaths);
        return DispatchReply.Failed(PoisonError);
    }
}
