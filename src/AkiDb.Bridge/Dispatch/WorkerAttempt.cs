using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Workers;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace AkiDb.Bridge.Dispatch;

/// <summary>One try of one batch on one worker; finds out what a batch is to blame for when the worker does not survive it.</summary>
/// <param name="pipelines">Circuit breaker and timeout.</param>
/// <param name="audit">Checks what it answers.</param>
/// <param name="tracker">The inputs that workers died of.</param>
/// <param name="time">The clock.</param>
internal sealed class WorkerAttempt(ResiliencePipelines pipelines, RowAudit audit, PoisonTracker tracker, TimeProvider time)
{
    // A dead process is reaped within milliseconds; until then nobody knows whether it crashed or was killed.
    private static readonly TimeSpan ExitWait = TimeSpan.FromMilliseconds(500);

    /// <summary>Has the worker compute the batch.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="call">The batch.</param>
    /// <param name="breakable">Whether the circuit breaker may refuse: where nothing but workers can answer, it would only refuse what might succeed.</param>
    /// <param name="remaining">What is left of the deadline.</param>
    /// <param name="cancellationToken">The caller has lost interest.</param>
    public async ValueTask<EngineReply> RunAsync(Worker worker, DispatchCall call, bool breakable, TimeSpan remaining, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(ResiliencePipelines.Call, call);
        try
        {
            var reply = await (breakable ? pipelines.Worker : pipelines.Attempt).ExecuteAsync(
                static async (context, state) => await state.audit.EmbedAsync(state.worker, state.call, state.remaining, context.CancellationToken).ConfigureAwait(false),
                context,
                (audit, worker, call, remaining)).ConfigureAwait(false);
            switch (reply.Loss)
            {
                case BatchLoss.Computing:
                    return await AttributeExitAsync(worker, call, reply, cancellationToken).ConfigureAwait(false);
                case BatchLoss.Silent:
                    Remember(worker, call);
                    return reply;
                default:
                    return reply;
            }
        }
        catch (TimeoutRejectedException error)
        {
            Remember(worker, call);
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

    private static EngineReply Fault(string message) => new(new BridgeError(BridgeErrorKind.EngineFault, message), TimeSpan.Zero);

    // A process that somebody killed says nothing about the batch that it was computing; one that crashed does.
    private async ValueTask<EngineReply> AttributeExitAsync(Worker worker, DispatchCall call, EngineReply reply, CancellationToken cancellationToken)
    {
        await ((Task)worker.Exited).WaitAsync(ExitWait, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        var exit = worker.Exited.IsCompleted ? await worker.Exited.ConfigureAwait(false) : null;
        var suspected = exit is { InputSuspected: true };
        if (suspected)
        {
            tracker.RecordDeath(call.Batch);
        }

        return reply with
        {
            Error = exit is null ? reply.Error : reply.Error! with { Message = exit.Summary },
            Loss = suspected ? BatchLoss.Computing : BatchLoss.Waiting,
        };
    }

    // Nobody waits for the worker any more. Should it turn out to have hung on these texts, they must not be given to the next one.
    private void Remember(Worker worker, DispatchCall call) => worker.OnExited(exit =>
    {
        if (exit.InputSuspected)
        {
            tracker.RecordDeath(call.Batch);
        }
    });
}
