using System.Collections.Concurrent;
using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.UnitTests.Doubles;
using AkiDb.Bridge.UnitTests.Exploration;

namespace AkiDb.Bridge.UnitTests.Batching;

/// <summary>Engines that do what a schedule says: compute, fail, divide, break, notice late that a batch was given up or is out of time.</summary>
internal sealed class ScriptedDispatcher(Schedule schedule, TimeProvider time, int leases) : IBatchDispatcher
{
    private static readonly BridgeError Late = new(BridgeErrorKind.DeadlineExceeded, "Out of time.");

    private readonly IEngine engine = FakeEngine.Hanging();
    private readonly Queue<TaskCompletionSource<EngineLease?>> waiting = new();
    private Action onFree = static () => { };
    private int free = leases;

    /// <summary>The batches that are with an engine.</summary>
    public int Running { get; private set; }

    public int FreeLeases => free;

    /// <summary>The texts of batches that failed, or broke. Callers who are told on other threads look at it too.</summary>
    public ConcurrentDictionary<int, bool> Failed { get; } = new();

    /// <summary>Whether engines compute in order, so that batches grow behind another one.</summary>
    public bool InOrder { get; init; }

    public void OnFreeLease(Action callback) => onFree = callback;

    public EngineRequirements RequirementsOf(ReadOnlySpan<int> ids, bool inProcessAllowed, out BridgeError? refusal)
    {
        schedule.Interleave();
        refusal = null;
        return new EngineRequirements(inProcessAllowed, false);
    }

    public BridgeError OutOfTime(EngineRequirements requirements)
    {
        schedule.Interleave();
        return Late;
    }

    public ValueTask<EngineLease?> LeaseAsync(EngineRequirements requirements, CancellationToken cancellationToken)
    {
        schedule.Interleave();
        if (free > 0 && waiting.Count == 0)
        {
            return ValueTask.FromResult<EngineLease?>(Lend());
        }

        var lease = new TaskCompletionSource<EngineLease?>();
        waiting.Enqueue(lease);
        cancellationToken.UnsafeRegister(_ => lease.TrySetCanceled(cancellationToken), null);
        return new ValueTask<EngineLease?>(lease.Task);
    }

    public async ValueTask DispatchAsync(
        TokenBatch batch, Memory<float> rows, EngineRequirements requirements, EngineLease? lease, TimeSpan remaining, Action<BatchPart> onPart, CancellationToken cancellationToken)
    {
        Running++;
        try
        {
            schedule.Interleave();
            var outcome = new TaskCompletionSource<string>();
            var number = ScheduleName(batch);
            Offer(schedule.Choose(10) switch { < 5 => "computes", < 7 => "divides", < 9 => "fails at", _ => "breaks at" });
            using var given = cancellationToken.UnsafeRegister(_ => Offer("notices that nobody wants"), null);
            using var late = time.CreateTimer(_ => Offer("has no time for"), null, remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            var what = await outcome.Task.ConfigureAwait(false);
            schedule.Interleave();
            switch (what)
            {
                case "computes":
                    Compute(batch, rows, 0, batch.Texts);
                    break;
                case "divides":
                    Compute(batch, rows, 0, batch.Texts / 2);
                    schedule.Interleave();
                    Fail(batch, batch.Texts / 2, batch.Texts - (batch.Texts / 2), new BridgeError(BridgeErrorKind.EngineFault, "It failed."));
                    break;
                case "fails at":
                    Fail(batch, 0, batch.Texts, new BridgeError(BridgeErrorKind.EngineFault, "It failed."));
                    break;
                case "has no time for":
                    onPart(new BatchPart(0, batch.Texts, DispatchReply.Failed(Late)));
                    break;
                case "breaks at":
                    RecordFailed(batch, 0, batch.Texts);
                    throw new InvalidOperationException("It broke.");
                default:
                    throw new OperationCanceledException(cancellationToken);
            }

            schedule.Interleave();

            void Offer(string what) => schedule.Offer($"engine {what} {number}", () => outcome.TrySetResult(what));
        }
        finally
        {
            Running--;
            lease?.Dispose();
        }

        void Compute(TokenBatch whole, Memory<float> into, int first, int texts)
        {
            if (texts > 0)
            {
                var index = 0;
                foreach (var text in TextsOf(whole, first, texts))
                {
                    into.Span[first + index++] = text;
                }

                onPart(new BatchPart(first, texts, new DispatchReply(null, "engine", "float32", TimeSpan.Zero, false)));
            }
        }

        void Fail(TokenBatch whole, int first, int texts, BridgeError error)
        {
            RecordFailed(whole, first, texts);
            onPart(new BatchPart(first, texts, DispatchReply.Failed(error)));
        }
    }

    private static IEnumerable<int> TextsOf(TokenBatch batch, int first, int texts) => Enumerable.Range(first, texts).Select(text => batch.Slice(text, 1).Ids.Span[0]);

    private static string ScheduleName(TokenBatch batch) => $"[{string.Join(' ', TextsOf(batch, 0, batch.Texts))}]";

    private void RecordFailed(TokenBatch batch, int first, int texts)
    {
        foreach (var text in TextsOf(batch, first, texts))
        {
            Failed[text] = true;
        }
    }

    private EngineLease Lend()
    {
        free--;
        return new EngineLease(engine, 4, false, InOrder, new Permit(this));
    }

    private void GiveBack(bool twice)
    {
        schedule.Check(!twice, "A lease was given back twice.");
        free++;
        while (free > 0 && waiting.TryDequeue(out var next))
        {
            if (!next.Task.IsCompleted && !next.TrySetResult(Lend()))
            {
                free++;
            }
        }

        schedule.Interleave();
        onFree();
    }

    private sealed class Permit(ScriptedDispatcher dispatcher) : IDisposable
    {
        private bool returned;

        public void Dispose()
        {
            dispatcher.GiveBack(returned);
            returned = true;
        }
    }
}
