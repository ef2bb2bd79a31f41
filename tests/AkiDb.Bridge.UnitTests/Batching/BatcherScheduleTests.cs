using AkiDb.Bridge.Batching;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.UnitTests.Exploration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Batching;

/// <summary>
/// The rule of <see cref="BatcherState"/>, under thousands of orders of events: callers come, send what others have sent, leave and run out of time, while
/// engines compute, divide, fail, break and notice late that nobody wants what they compute, and the bridge stops.
/// </summary>
public sealed class BatcherScheduleTests
{
    private const int Texts = 4;
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(50);

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public void Every_text_ends_once_and_in_time_whatever_joins_leaves_dies_or_is_given_up(int leases, bool inOrder) =>
        ScheduleExplorer.Explore(schedule =>
        {
            using var scenario = new Scenario(schedule, leases, inOrder);
            scenario.Run();
        });

    private sealed class Scenario : IDisposable
    {
        private readonly Schedule schedule;
        private readonly int leases;
        private readonly FakeTimeProvider time = new();
        private readonly ScriptedDispatcher dispatcher;
        private readonly Batcher batcher;
        private readonly List<Caller> callers = [];
        private bool stopped;

        public Scenario(Schedule schedule, int leases, bool inOrder)
        {
            (this.schedule, this.leases) = (schedule, leases);
            dispatcher = new ScriptedDispatcher(schedule, time, leases) { InOrder = inOrder };
            batcher = new Batcher(dispatcher, 1, new BatchingOptions(), time, NullLogger.Instance);
        }

        public void Run()
        {
            for (var caller = 0; caller < 6; caller++)
            {
                Offer(caller);
            }

            for (var tick = 0; tick < 4; tick++)
            {
                schedule.Offer("time passes", () => time.Advance(TimeSpan.FromMilliseconds(schedule.IsNested ? 10 : 300)));
            }

            if (schedule.Choose(8) == 0)
            {
                schedule.Offer("the bridge stops", () =>
                {
                    stopped = true;
                    _ = batcher.DisposeAsync().AsTask();
                });
            }

            schedule.OnStep = Check;
            schedule.Run();

            // What is left over when nothing happens any more is ended by the clock.
            for (var tick = 0; tick < 10; tick++)
            {
                time.Advance(TimeSpan.FromMilliseconds(300));
                schedule.Run();
            }

            schedule.Check(callers.All(caller => caller.HasEnded), "Somebody was never answered.");
            schedule.Check(dispatcher.FreeLeases == leases, $"{dispatcher.FreeLeases} of {leases} leases came back.");
            schedule.Check(batcher.Queue is { InteractiveTokens: 0, BulkTokens: 0, Overdue: 0 }, $"Something was left: {batcher.Queue}.");
        }

        public void Dispose()
        {
            callers.ForEach(caller => caller.Dispose());
            _ = batcher.DisposeAsync().AsTask();
        }

        private void Offer(int number)
        {
            // Few texts and many callers: equal ones meet.
            var texts = Enumerable.Range(0, 1 + schedule.Choose(3)).Select(_ => 1 + schedule.Choose(Texts)).ToArray();
            var timeout = TimeSpan.FromMilliseconds(schedule.Choose(3) switch { 0 => 200, 1 => 500, _ => 2_000 });
            var priority = schedule.Choose(4) == 0 ? EmbeddingPriority.Bulk : EmbeddingPriority.Interactive;
            schedule.Offer($"caller {number} wants [{string.Join(' ', texts)}] within {timeout.TotalMilliseconds} ms", () =>
            {
                var caller = new Caller(schedule, time, batcher, dispatcher, $"{number % 3}", texts, timeout, priority) { MayBeStopped = () => stopped };
                callers.Add(caller);
                if (schedule.Choose(2) == 0)
                {
                    schedule.Offer($"caller {number} leaves", caller.Leave);
                }

                caller.Start();
            });
        }

        private void Check()
        {
            foreach (var caller in callers)
            {
                schedule.Check(caller.HasEnded || time.GetUtcNow() <= caller.Deadline + Grace, "Somebody waits on after the deadline.");
            }

            // Nothing is with an engine, and one is free: then nobody may be waiting for anything.
            schedule.Check(
                dispatcher.Running > 0 || dispatcher.FreeLeases < leases || callers.All(caller => caller.HasEnded), "Somebody waits, and nothing waits or runs.");
        }
    }

    /// <summary>One caller, and what it may be told: a simple model of what a request is.</summary>
    private sealed class Caller(
        Schedule schedule, FakeTimeProvider time, Batcher batcher, ScriptedDispatcher dispatcher, string name, int[] texts, TimeSpan timeout, EmbeddingPriority priority)
        : IDisposable
    {
        private readonly CancellationTokenSource leaving = new();
        private readonly float[] rows = new float[texts.Length];
        private Task<BridgeError?>? ended;
        private bool left;
        private EmbedJob? job;

        public required Func<bool> MayBeStopped { get; init; }

        public DateTimeOffset Deadline { get; } = time.GetUtcNow() + timeout;

        // Those who end together are told on other threads; that they are told at all is what counts.
        public bool HasEnded => job is null || job.Place is null && SpinWait.SpinUntil(() => ended is null or { IsCompleted: true }, TimeSpan.FromSeconds(30));

        public void Start()
        {
            var deadline = time.GetTimestamp() + (long)(timeout.TotalSeconds * time.TimestampFrequency);
            job = new EmbedJob(new TokenBatch(texts, Enumerable.Repeat(1, texts.Length).ToArray()), name, priority, true, deadline, Take);
            ended = RunAsync();
        }

        public void Leave()
        {
            left = true;
            leaving.Cancel();
        }

        public void Dispose() => leaving.Dispose();

        private async Task<BridgeError?> RunAsync()
        {
            BridgeError? error;
            try
            {
                error = await batcher.EmbedAsync(job!, leaving.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                schedule.Check(left, "A caller who stays was told that it had left.");
                return null;
            }

            var allowed = error?.Kind switch
            {
                null => rows.AsSpan().SequenceEqual(texts.Select(text => (float)text).ToArray()),
                BridgeErrorKind.DeadlineExceeded => time.GetUtcNow() >= Deadline,
                BridgeErrorKind.EngineFault => texts.Any(dispatcher.Failed.ContainsKey),
                BridgeErrorKind.NoEngine => MayBeStopped(),
                _ => false,
            };
            schedule.Check(allowed, $"Caller of [{string.Join(' ', texts)}] got [{string.Join(' ', rows)}] and {error}.");
            return error;
        }

        private void Take(int text, ReadOnlySpan<float> row)
        {
            schedule.Check(rows[text] == 0, "A row was written twice.");
            rows[text] = row[0];
            schedule.Interleave();
        }
    }
}
