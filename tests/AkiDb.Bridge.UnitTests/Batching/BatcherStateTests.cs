using AkiDb.Bridge.Batching;
using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Batching;

public sealed class BatcherStateTests
{
    private static readonly EngineRequirements Any = new(true, false);
    private static readonly BridgeError Error = new(BridgeErrorKind.EngineFault, "It failed.") { InputIndex = 0 };
    private static readonly DispatchReply Reply = new(null, "engine", "float32", TimeSpan.Zero, false);

    private readonly FakeTimeProvider time = new();
    private readonly BatcherState state;

    public BatcherStateTests() => state = new BatcherState(0, time);

    private TextQueue Queue => state.Queues.Single(queue => queue.Requirements == Any);

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public void Text_waits_where_the_engines_are_that_may_compute_it(bool inProcessAllowed, bool avoidWorkers)
    {
        var requirements = new EngineRequirements(inProcessAllowed, avoidWorkers);

        Add(Open(), 1, requirements: requirements);

        Assert.Equal(requirements, Assert.Single(state.Queues, queue => !queue.IsEmpty).Requirements);
    }

    [Fact]
    public void What_waits_is_counted_by_lane_wherever_it_waits()
    {
        foreach (var requirements in new[] { Any, new EngineRequirements(false, true) })
        {
            Add(Open(), 1, 3, requirements);
            Add(Open(priority: EmbeddingPriority.Bulk), 2, 5, requirements);
        }

        Assert.Equal((6, 10, null), state.Waiting);
    }

    [Fact]
    public void Request_that_has_ended_leaves_nothing_and_takes_nothing_more()
    {
        var job = Open();
        Add(job, 1);

        Assert.NotNull(state.TryEnd(job, Error));
        Assert.Null(state.TryEnd(job, Error));

        Assert.False(state.TryAdd(job, 1, new[] { 2 }, Any));
        Assert.Equal((0, 0, null), state.Waiting);
    }

    [Fact]
    public void Text_that_was_answered_is_computed_anew_for_who_comes_then()
    {
        var first = Open();
        Add(first, 1);
        var batch = Cut()!;
        var waiters = state.Answer(batch, 0, 1);

        Add(Open(), 1);

        Assert.Same(first, Assert.Single(waiters).Job);
        Assert.Equal([first], state.Record(waiters, Reply, batch));
        Assert.Equal(1, state.Waiting.Interactive);
        Assert.Single(state.OpenSince(long.MaxValue).Overdue);
    }

    [Fact]
    public void Bulk_text_stays_bulk_when_more_bulk_work_waits_for_it()
    {
        Add(Open(priority: EmbeddingPriority.Bulk), 1);
        Add(Open(priority: EmbeddingPriority.Bulk, caller: "another"), 1);

        Assert.Equal((0, 1, null), state.Waiting);
    }

    [Fact]
    public void Who_came_first_is_first_where_nobody_has_had_a_turn()
    {
        var jobs = Enumerable.Range(1, 5).Select(number => Open(caller: $"{number}")).ToList();
        for (var text = 0; text < jobs.Count; text++)
        {
            Add(jobs[text], text);
        }

        Assert.Equal(jobs, jobs.Select(_ => Cut(tokens: 1)!.Texts.Single().Waiters.Single().Job).ToList());
    }

    [Fact]
    public void Batch_has_as_much_time_as_who_has_most()
    {
        var deadlines = new[] { Open(2), Open(9), Open(5) }.Select((job, text) => Add(job, text).Deadline).ToList();
        Assert.Equal(deadlines[1], Cut()!.Deadline);

        var last = Add(Open(4), 7).Deadline;
        Add(Open(3), 7);
        Assert.Equal(last, Cut()!.Deadline);
    }

    [Theory]
    [InlineData(900, false)]
    [InlineData(996, true)]
    [InlineData(1_000, true)]
    public void Text_whose_batch_is_out_of_time_waits_again_for_who_has_more(int milliseconds, bool waitsAgain)
    {
        var first = Open(1);
        Add(first, 1);
        var batch = Cut()!;
        var later = Open(10);
        Add(later, 1);
        time.Advance(TimeSpan.FromMilliseconds(milliseconds));

        var (ended, unwanted) = state.Fail(batch, 0, 1, Error);

        EmbedJob[] expected = waitsAgain ? [] : [first, later];
        Assert.Equal(expected, ended);
        Assert.Empty(unwanted);
        Assert.Equal(waitsAgain ? 1 : 0, state.Waiting.Interactive);
        if (waitsAgain)
        {
            Assert.Equal([first, later], Cut()!.Texts.Single().Waiters.Select(waiter => waiter.Job));
        }
    }

    [Fact]
    public void Failure_of_the_rest_of_a_batch_is_not_told_to_who_was_answered()
    {
        var (answered, failed) = (Open(), Open(texts: 2));
        Add(answered, 1);
        Add(failed, 2, index: 1);
        var batch = Cut()!;
        var waiters = state.Answer(batch, 0, 1);

        var (ended, _) = state.Fail(batch, 0, 2, Error);

        Assert.Equal([failed], ended);
        Assert.Equal((1, null), (failed.Failure!.InputIndex, answered.Failure));
        Assert.Equal([answered], state.Record(waiters, Reply, batch));
    }

    [Fact]
    public void Nothing_is_taken_in_or_cut_after_the_end()
    {
        var job = Open();
        Add(job, 1);

        Assert.Equal([job], state.Close());

        Assert.Null(Cut());
        Assert.False(state.TryOpen(Job()));
        Assert.False(state.TryBeginPump(Queue, out _));
    }

    [Fact]
    public void It_is_idle_when_it_was_closed_and_nothing_runs()
    {
        Add(Open(), 1);
        Add(Open(), 2);
        var (first, second) = (Cut(tokens: 1)!, Cut(tokens: 1)!);
        state.Retire(first);
        Assert.False(state.Idle.IsCompleted);
        state.Close();
        Assert.False(state.Idle.IsCompleted);

        state.Retire(second);

        Assert.True(state.Idle.IsCompletedSuccessfully);
    }

    [Fact]
    public void Who_is_out_of_time_is_told_apart_from_who_is_next()
    {
        var jobs = new[] { Open(3), Open(1), Open(2) };

        var (overdue, next) = state.OpenSince(jobs[1].Deadline);

        Assert.Equal([jobs[1]], overdue);
        Assert.Equal(jobs[2].Deadline, next);
        Assert.Equal(long.MaxValue, state.OpenSince(jobs[0].Deadline).Next);
    }

    [Fact]
    public void Before_interactive_work_is_an_eighth_of_it_in_bulk_and_before_bulk_work_is_everything()
    {
        KnowRate();
        foreach (var requirements in new[] { Any, new EngineRequirements(false, false) })
        {
            Add(Open(caller: "a"), 1, 16, requirements);
            Add(Open(priority: EmbeddingPriority.Bulk, caller: "b"), 2, 10, requirements);
        }

        Assert.Equal((2 * (16 + 2), 0), Before("c", EmbeddingPriority.Interactive));
        Assert.Equal((2 * (16 + 2), 32), Before("a", EmbeddingPriority.Interactive));
        Assert.Equal((2 * (16 + 10), 0), Before("c", EmbeddingPriority.Bulk));
        Assert.Equal((2 * (16 + 10), 20), Before("b", EmbeddingPriority.Bulk));
    }

    [Fact]
    public void Before_interactive_work_is_no_more_bulk_than_waits()
    {
        KnowRate();
        Add(Open(caller: "a"), 1, 80);
        Add(Open(priority: EmbeddingPriority.Bulk, caller: "b"), 2, 3);

        Assert.Equal((83, 0), Before("c", EmbeddingPriority.Interactive));
    }

    [Fact]
    public void Full_batch_for_each_engine_is_remembered_for_a_while_after_one_has_gone()
    {
        KnowRate();
        var (one, other) = (FakeEngine.Hanging(), FakeEngine.Hanging());
        Add(Open(), 1);
        var gone = new EngineLease(one, 6_400, false, false, new CancellationTokenSource());
        state.Cut(Queue, gone);
        Compute(other);
        Assert.Equal(12_800, Backlog().Full);

        gone.Dispose();
        Compute(other);
        Assert.InRange(Backlog().Full, 6_401, 12_799);
        for (var batch = 0; batch < 200; batch++)
        {
            Compute(other);
        }

        Assert.Equal(6_400, Backlog().Full);

        void Compute(FakeEngine engine)
        {
            Add(Open(), 2);
            var batch = state.Cut(Queue, new EngineLease(engine, 6_400, false, false, new CancellationTokenSource()))!;
            state.Record(state.Answer(batch, 0, 1), Reply, batch);
            state.Retire(batch);
        }
    }

    private (long Waiting, long Own) Before(string caller, EmbeddingPriority priority)
    {
        var backlog = state.BacklogFor(caller, 1_000, priority)!.Value;
        return (backlog.Waiting, backlog.Own);
    }

    private Backlog Backlog() => state.BacklogFor("", 1, EmbeddingPriority.Interactive)!.Value;

    // A full batch has come back: how fast the engines are is known from now on.
    private void KnowRate()
    {
        Add(Open(), 0, 4);
        var batch = Cut(tokens: 4)!;
        batch.ComputedTokens = 4;
        time.Advance(TimeSpan.FromSeconds(1));
        state.Record(state.Answer(batch, 0, 1), Reply, batch);
        state.Retire(batch);
    }

    private RunningBatch? Cut(int tokens = 512) => state.Cut(Queue, new EngineLease(FakeEngine.Hanging(), tokens, false, false, new CancellationTokenSource()));

    private EmbedJob Open(int seconds = 30, int texts = 1, EmbeddingPriority priority = EmbeddingPriority.Interactive, string caller = "")
    {
        var job = Job(seconds, texts, priority, caller);
        Assert.True(state.TryOpen(job));
        return job;
    }

    private EmbedJob Job(int seconds = 30, int texts = 1, EmbeddingPriority priority = EmbeddingPriority.Interactive, string caller = "") => new(
        new TokenBatch(new int[texts], Enumerable.Repeat(1, texts).ToArray()), caller, priority, true, time.GetTimestamp() + (seconds * time.TimestampFrequency), (_, _) => { });

    // Equal texts have the same name and the same number of tokens.
    private EmbedJob Add(EmbedJob job, int text, int tokens = 1, EngineRequirements? requirements = null, int index = 0)
    {
        Assert.True(state.TryAdd(job, index, Enumerable.Repeat(text, tokens).ToArray(), requirements ?? Any));
        return job;
    }
}
