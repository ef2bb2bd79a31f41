using AkiDb.Bridge.Batching;
using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Batching;

public sealed class BatchRunnerTests
{
    private readonly FakeTimeProvider time = new();
    private readonly float[] rows = new float[3];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Caller_whose_rows_are_there_at_once_does_not_go_on_within_the_pump()
    {
        await using var batcher = Over(new InstantDispatcher());
        var job = Job([1]);
        var thread = 0;
        var continued = job.Ended.ContinueWith(
            _ => thread = Environment.CurrentManagedThreadId, Stop, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        var here = Environment.CurrentManagedThreadId;

        var embedding = batcher.EmbedAsync(job, Stop);

        // Not awaited: that would free this very thread, which pumps, for what was left to the pool.
        SpinWait.SpinUntil(() => continued.IsCompleted);
        Assert.Null(await embedding);
        Assert.NotEqual(here, thread);
        Assert.Equal(1, rows[0]);
    }

    [Fact]
    public async Task Caller_whose_engine_was_waited_for_goes_on_with_the_thread_that_has_its_answer()
    {
        var computed = new TaskCompletionSource();
        await using var batcher = Over(new InstantDispatcher { First = async _ => await computed.Task.ConfigureAwait(false) });
        var job = Job([1]);
        var thread = 0;
        var continued = job.Ended.ContinueWith(
            _ => thread = Environment.CurrentManagedThreadId, Stop, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        var embedding = batcher.EmbedAsync(job, Stop);
        var here = Environment.CurrentManagedThreadId;

        computed.SetResult();

        SpinWait.SpinUntil(() => continued.IsCompleted);
        Assert.Equal(here, thread);
        Assert.Equal(BridgeErrorKind.EngineFault, (await embedding)!.Kind);
    }

    [Fact]
    public async Task Text_that_is_refused_ends_its_request_by_its_index_before_anything_is_computed()
    {
        var dispatcher = new InstantDispatcher { Refused = 2 };
        await using var batcher = Over(dispatcher);

        var error = await batcher.EmbedAsync(Job([1, 2, 3]), Stop);

        Assert.Equal((BridgeErrorKind.PoisonInput, 1), (error!.Kind, error.InputIndex));
        Assert.Equal((0, 0), (dispatcher.Batches, batcher.Queue.InteractiveTokens));
        Assert.Null(await batcher.EmbedAsync(Job([1]), Stop));
    }

    [Fact]
    public async Task Request_whose_rows_cannot_be_taken_fails_alone()
    {
        await using var batcher = Over(new InstantDispatcher());

        var error = await batcher.EmbedAsync(Job([1, 2], (text, _) => throw new InvalidOperationException($"no place for {text}")), Stop);

        Assert.Equal(BridgeErrorKind.EngineFault, error!.Kind);
        Assert.Contains("no place for 0", error.Message, StringComparison.Ordinal);
        Assert.Null(await batcher.EmbedAsync(Job([1, 2]), Stop));
        Assert.Equal([1f, 2f], rows[..2]);
    }

    [Fact]
    public async Task Request_whose_time_is_over_when_it_comes_is_not_computed()
    {
        var dispatcher = new InstantDispatcher();
        await using var batcher = Over(dispatcher);
        var job = Job([1]);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(BridgeErrorKind.DeadlineExceeded, (await batcher.EmbedAsync(job, Stop))!.Kind);
        Assert.Equal(0, dispatcher.Batches);
    }

    [Fact]
    public async Task Each_text_gets_its_own_row_whatever_the_dimension()
    {
        await using var batcher = new Batcher(new InstantDispatcher(), 3, new BatchingOptions(), time, NullLogger.Instance);
        var taken = new float[4][];

        Assert.Null(await batcher.EmbedAsync(Job([10, 20, 10, 30], (text, row) => taken[text] = row.ToArray()), Stop));

        float[][] expected = [[10, 11, 12], [20, 21, 22], [10, 11, 12], [30, 31, 32]];
        Assert.Equal(expected, taken);
    }

    [Fact]
    public async Task Text_that_a_batch_has_left_unanswered_is_told_so()
    {
        await using var batcher = Over(new InstantDispatcher { First = _ => ValueTask.CompletedTask });

        var error = await batcher.EmbedAsync(Job([1, 2]), Stop);

        Assert.Equal(BridgeErrorKind.EngineFault, error!.Kind);
        Assert.Contains("was not answered", error.Message, StringComparison.Ordinal);
        Assert.Null(await batcher.EmbedAsync(Job([1, 2]), Stop));
    }

    [Fact]
    public async Task Text_that_goes_back_to_its_queue_is_computed_though_nobody_else_comes()
    {
        var outOfTime = new TaskCompletionSource();
        var dispatcher = new InstantDispatcher
        {
            First = async onPart =>
            {
                await outOfTime.Task;
                onPart(new BatchPart(0, 1, DispatchReply.Failed(new BridgeError(BridgeErrorKind.DeadlineExceeded, "Out of time."))));
            },
        };
        await using var batcher = Over(dispatcher);
        var first = batcher.EmbedAsync(Job([7]), Stop).AsTask();
        var second = batcher.EmbedAsync(Job([7], seconds: 9), Stop).AsTask();

        time.Advance(TimeSpan.FromSeconds(1));
        outOfTime.SetResult();

        Assert.Equal(BridgeErrorKind.DeadlineExceeded, (await first)!.Kind);
        Assert.Null(await second);
        Assert.Equal(2, dispatcher.Batches);
    }

    [Fact]
    public async Task Nobody_asks_for_a_lease_after_the_end()
    {
        var dispatcher = new InstantDispatcher { IsFree = false };
        var batcher = Over(dispatcher);
        var waits = batcher.EmbedAsync(Job([1]), Stop);

        await batcher.DisposeAsync();

        Assert.True(dispatcher.Asked.IsCancellationRequested);
        Assert.Equal(BridgeErrorKind.NoEngine, (await waits)!.Kind);
    }

    private Batcher Over(InstantDispatcher dispatcher) => new(dispatcher, 1, new BatchingOptions(), time, NullLogger.Instance);

    // Texts of one id each.
    private EmbedJob Job(int[] ids, RowWriter? write = null, int seconds = 1) => new(
        new TokenBatch(ids, Enumerable.Repeat(1, ids.Length).ToArray()),
        "",
        EmbeddingPriority.Interactive,
        true,
        time.GetTimestamp() + (seconds * time.TimestampFrequency),
        write ?? ((text, row) => rows[text] = row[0]));
}
