using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;
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
    // A dead process is reaped within milliseconds; until then nobody knows whether it crashed or was killed.
    private static readonly TimeSpan VerdictPatience = TimeSpan.FromMilliseconds(500);

    private readonly DispatchOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ResiliencePipelines pipelines;
    private readonly SeatFinder seats;

    public Dispatcher(WorkerPool? pool, InProcessEngine? inProcess, DispatchOptions options, TimeProvider time, ILogger<Dispatcher> logger)
    {
        this.options = options;
        this.time = time;
        this.logger = logger;
        pipelines = new ResiliencePipelines(options, time);
        seats = new SeatFinder(pool, inProcess, options, () => CircuitOpen, time, logger);
        Suspects = new SuspectInputs(options.PoisonMemory, time);
    }

    public bool CircuitOpen => pipelines.CircuitOpen;

    /// <summary>The inputs that workers died of, or may have died of.</summary>
    public SuspectInputs Suspects { get; }

    /// <inheritdoc cref="SeatFinder.FindAsync"/>
    public ValueTask<Seat?> FindSeatAsync(SeatWish wish, CancellationToken cancellationToken) => seats.FindAsync(wish, cancellationToken);

    /// <summary>The error of an input that is known to kill workers.</summary>
    public BridgeError PoisonError => PoisonInput.Error(options.PoisonMemory);

    /// <inheritdoc cref="SeatFinder.CanStandIn"/>
    public bool CanStandIn(SeatWish wish) => seats.CanStandIn(wish);

    /// <inheritdoc cref="SeatFinder.OutOfTime"/>
    public BridgeError OutOfTime(SeatWish wish) => seats.OutOfTime(wish);

    /// <summary>Computes a batch.</summary>
    /// <param name="batch">The texts.</param>
    /// <param name="rows">Where the rows go: texts x dimension values.</param>
    /// <param name="wish">Who may compute it.</param>
    /// <param name="seat">The seat for the first try, given back by this call; null to find one.</param>
    /// <param name="remaining">What is left of the deadline.</param>
    /// <param name="cancellationToken">The caller has lost interest.</param>
    /// <returns>How the texts ended, in order: one part, unless the batch had to be divided.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<IReadOnlyList<BatchPart>> DispatchAsync(
        TokenBatch batch, Memory<float> rows, SeatWish wish, Seat? seat, TimeSpan remaining, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var call = new DispatchCall(batch, rows, wish, seat, options.Retries);
        try
        {
            var reply = await ComputeAsync(call, remaining, cancellationToken).ConfigureAwait(false);
            if (!call.IsWorthDividing(reply))
            {
                return [new BatchPart(0, batch.Texts, reply)];
            }
        }
        finally
        {
            call.TakeSeat()?.Dispose();
        }

        var parts = new List<BatchPart>();
        await DivideAsync(call, 0).ConfigureAwait(false);
        return parts;

        // One half after the other: two suspects at once would leave two to blame for a death.
        async Task DivideAsync(DispatchCall whole, int first)
        {
            Log.Divided(logger, whole.Batch.Texts, whole.Deaths);
            var texts = whole.Batch.Texts / 2;
            foreach (var (start, count) in new[] { (0, texts), (texts, whole.Batch.Texts - texts) })
            {
                var part = whole.Part(start, count);
                var reply = await ComputeAsync(part, remaining - time.GetElapsedTime(started), cancellationToken).ConfigureAwait(false);
                if (part.IsWorthDividing(reply))
                {
                    await DivideAsync(part, first + start).ConfigureAwait(false);
                }
                else
                {
                    parts.Add(new BatchPart(first + start, count, reply));
                }
            }
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
            : await OnWorkerAsync(worker, call, remaining, cancellationToken).ConfigureAwait(false);
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
            call.NoteFailure(worker is not null, reply.DiedComputing);
        }

        return new DispatchReply(error, seat.Engine.Name, seat.Engine.Precision, reply.Compute, seat.Fallback);
    }

    private async ValueTask<EngineReply> OnWorkerAsync(Worker worker, DispatchCall call, TimeSpan remaining, CancellationToken cancellationToken)
    {
        // Where nothing but workers can answer, an open circuit would only refuse what might succeed.
        var pipeline = seats.CanStandIn(call.Wish) ? pipelines.Worker : pipelines.Attempt;
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(ResiliencePipelines.Call, call);
        try
        {
            var reply = await pipeline.ExecuteAsync(
                static async (context, state) => await state.worker.EmbedAsync(
                    state.call.Batch, state.call.Rows, state.remaining, context.CancellationToken).ConfigureAwait(false),
                context,
                (worker, call, remaining)).ConfigureAwait(false);
            return reply.DiedComputing ? await JudgeDeathAsync(worker, call, reply, cancellationToken).ConfigureAwait(false) : reply;
        }
        catch (TimeoutRejectedException error)
        {
            return Fault($"{worker.Name} did not answer within {error.Timeout}.");
        }
        catch (BrokenCircuitException)
        {
            return Fault("The workers failed too often; their circuit is open.");
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    // A process that somebody killed says nothing about the batch that it was computing; one that crashed does.
    private async ValueTask<EngineReply> JudgeDeathAsync(Worker worker, DispatchCall call, EngineReply reply, CancellationToken cancellationToken)
    {
        await ((Task)worker.Death).WaitAsync(VerdictPatience, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        var death = worker.Death.IsCompleted ? await worker.Death.ConfigureAwait(false) : null;
        if (death is { InputSuspected: true })
        {
            Suspects.Note(call.Batch, Suspicion.Suspected);
        }

        return reply with
        {
            Error = death is null ? reply.Error : reply.Error! with { Message = death.Summary },
            DiedComputing = death is { InputSuspected: true },
        };
    }

    private DispatchReply Condemn(DispatchCall call)
    {
        Suspects.Note(call.Batch, Suspicion.Poison);
        Log.Poison(logger, call.Batch.Tokens, call.Deaths);
        return DispatchReply.Failed(PoisonError);
    }

    private static EngineReply Fault(string message) => new(new BridgeError(BridgeErrorKind.EngineFault, message), TimeSpan.Zero);
}
