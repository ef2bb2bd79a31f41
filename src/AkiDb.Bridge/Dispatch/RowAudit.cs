using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using AkiDb.Bridge.Engines;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Dispatch;

/// <summary>Has engines compute batches and checks what they answer: every row for what the model can give, and now and then a text whose row is known.</summary>
/// <remarks>
/// 1. Now and then a known text joins the batch, at any place in it: 0.4 % of the tokens at most.
/// 2. Every row is looked at: not finite, zero, or of a length that the model does not give is the engine's fault.
/// 3. The known text's row is compared. An engine that gets it wrong is out, and what it answered since the last but one time that it got one right is suspect.
/// </remarks>
/// <param name="probe">The known texts and rows; null for an engine whose rows mean nothing.</param>
/// <param name="expel">Takes an engine out of service, for the reason given.</param>
/// <param name="random">A number from 0 to below the argument.</param>
/// <param name="logger">The log.</param>
internal sealed class RowAudit(ParityProbe? probe, Action<IEngine, string> expel, Func<int, int> random, ILogger logger)
{
    private readonly ConditionalWeakTable<IEngine, CanaryBudget> budgets = [];
    private readonly ConcurrentDictionary<string, long> suspects = new();

    /// <summary>Texts that an engine of this name answered after the last but one check that found its rows right, and before they were found to be wrong.</summary>
    public long SuspectTexts(string engine) => suspects.GetValueOrDefault(engine);

    /// <summary>Has the engine compute the call's batch.</summary>
    /// <inheritdoc cref="IEngine.EmbedAsync"/>
    public async ValueTask<EngineReply> EmbedAsync(IEngine engine, DispatchCall call, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var budget = budgets.GetOrCreateValue(engine);
        var canary = CanaryFor(budget, call);
        var reply = await engine.EmbedAsync(canary?.Batch ?? call.Batch, canary?.Rows ?? call.Rows, timeout, cancellationToken).ConfigureAwait(false);
        if (reply.Error is not null)
        {
            return canary?.WithoutIt(reply) ?? reply;
        }

        if (canary is not null)
        {
            if (probe!.Difference(canary.Text, canary.Row, engine.Precision) is { } difference)
            {
                Expel(engine, $"{engine.Name} gives wrong rows: {difference}.");
                return reply with { Error = WrongRows(engine) };
            }

            budget.RecordChecked();
            canary.CopyOthers(call.Rows.Span);
        }

        if (FindFault(call) is var (row, why))
        {
            // A text may be to blame. Should another engine compute it well, or this one a known text not, it was the engine.
            budget.Demand();
            call.RecordFaultyRows(engine);
            return reply with { Error = new BridgeError(BridgeErrorKind.EngineFault, $"{engine.Name} answered a row that {why}.") { InputIndex = row } };
        }

        if (!budget.TryRecordAnswered(call.Batch.Texts))
        {
            // Another batch, beside this one, has shown that its rows are wrong.
            return reply with { Error = WrongRows(engine) };
        }

        foreach (var other in call.FaultyEngines)
        {
            Expel(other, $"{other.Name} gave rows that this model does not give, for texts that {engine.Name} computes well.");
        }

        return reply;
    }

    private Canary? CanaryFor(CanaryBudget budget, DispatchCall call)
    {
        // What may kill its worker stays alone, so that it is known who did.
        return probe is not null && !call.Requirements.AvoidWorkers && budget.Spend(call.Batch.Tokens, probe.KnownTexts) is { } known
            ? new Canary(call.Batch, known, random(call.Batch.Texts + 1), probe.Rows.RowValues)
            : null;
    }

    private (int Row, string Why)? FindFault(DispatchCall call)
    {
        var values = call.Rows.Length / call.Batch.Texts;
        return (probe?.Rows ?? new RowValidator(values, values, mayBeZero: true)).FindFault(call.Rows.Span);
    }

    private static BridgeError WrongRows(IEngine engine) => new(BridgeErrorKind.EngineFault, $"{engine.Name} gives wrong rows.");

    private void Expel(IEngine engine, string reason)
    {
        if (!budgets.GetOrCreateValue(engine).TryExpel(out var texts))
        {
            return;
        }

        suspects.AddOrUpdate(engine.Name, texts, (_, before) => before + texts);
        Log.Expelled(logger, reason, texts);
        expel(engine, reason);
    }
}
