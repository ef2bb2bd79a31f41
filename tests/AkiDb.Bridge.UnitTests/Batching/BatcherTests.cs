using System.Diagnostics;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Batching;

public sealed class BatcherTests : IAsyncDisposable
{
    private readonly BatcherBench bench = new();

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    [Fact]
    public async Task Idle_engine_gets_a_text_at_once_and_a_busy_one_gets_what_has_gathered()
    {
        var calls = Enumerable.Range(1, 6).Select(text => bench.Embed([text])).ToList();

        Assert.Equal([[1], [2]], bench.Batches);
        bench.Answer(0);
        await Soon.UntilAsync(() => bench.Batches.Count == 3);

        Assert.Equal([3, 4, 5, 6], bench.Batches[2]);
        bench.AnswerAll();
        Assert.All(await Task.WhenAll(calls.Select(call => call.Ended)), Assert.Null);
        Assert.Equal([1f, 2f, 3f, 4f, 5f, 6f], calls.Select(call => call.Rows[0]));
    }

    [Fact]
    public async Task Large_request_comes_back_in_order_from_several_batches()
    {
        bench.AnswerAll();
        var texts = Enumerable.Range(1, 100).ToArray();

        var call = bench.Embed(texts);

        Assert.Null(await call.Ended);
        Assert.Equal(texts.Select(text => (float)text), call.Rows);
        Assert.True(bench.Batches.Count > 10);
        Assert.All(bench.Batches, batch => Assert.InRange(batch.Length, 1, 8));
        Assert.Equal(bench.Batches.Count, (int)call.Job.Compute.TotalMilliseconds);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Batch_that_had_to_be_retried_says_nothing_of_how_fast_the_engines_are(bool fails)
    {
        // Two leases, three batches: others wait when the first two are cut, and the third is too small to count.
        var call = bench.Embed([.. Enumerable.Range(1, 19)]);
        Assert.Equal(2, bench.Batches.Count);
        foreach (var batch in new[] { 0, 1 })
        {
            if (fails)
            {
                bench.Fail(batch);
            }
        }

        bench.AnswerAll();

        Assert.Null(await call.Ended);
        await Soon.UntilAsync(() => fails == bench.Batcher.BacklogFor("", 1, EmbeddingPriority.Interactive) is null);
        Assert.Equal(fails, bench.Batcher.Queue.TokensPerSecond is null);
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public async Task Batch_that_fills_half_its_lease_shows_how_fast_its_engine_is(int texts, bool shows)
    {
        bench.AnswerAll();

        Assert.Null(await bench.Embed([.. Enumerable.Range(1, texts)]).Ended);

        await Soon.UntilAsync(() => shows == bench.Batcher.BacklogFor("", 1, EmbeddingPriority.Interactive) is not null);
    }

    [Fact]
    public async Task Backlog_knows_what_waits_what_runs_and_what_a_batch_for_each_engine_holds()
    {
        var first = bench.Embed([.. Enumerable.Range(1, 24)]);
        bench.Answer(0);
        await Soon.UntilAsync(() => bench.Batches.Count == 3);
        var second = bench.Embed([.. Enumerable.Range(25, 5)]);

        var backlog = await bench.BacklogAsync(each => each.Running == 16);

        Assert.Equal((5, 16, 8, 8), (backlog.Waiting, backlog.Running, backlog.Full, backlog.Answered));
        Assert.Equal(backlog.TimeOf(21), backlog.Wait);
        Assert.Equal((1, 4, 2, 2), (backlog.InTokens(4).Waiting, backlog.InTokens(4).Running, backlog.InTokens(4).Full, backlog.InTokens(4).Answered));
        bench.AnswerAll();
        Assert.All(await Task.WhenAll(first.Ended, second.Ended), Assert.Null);
    }

    [Fact]
    public async Task What_is_computed_once_for_several_requests_is_answered_several_times()
    {
        var calls = Enumerable.Range(0, 3).Select(_ => bench.Embed([.. Enumerable.Range(1, 24)])).ToList();
        bench.AnswerAll();
        Assert.All(await Task.WhenAll(calls.Select(call => call.Ended)), Assert.Null);
        Assert.Equal(72, (await bench.BacklogAsync(each => each.Running == 0)).Answered);
    }

    [Fact]
    public async Task Equal_texts_are_computed_once_however_many_ask()
    {
        var calls = Enumerable.Range(0, 50).Select(_ => bench.Embed([7])).Append(bench.Embed([7, 8, 7])).ToList();
        bench.AnswerAll();

        Assert.All(await Task.WhenAll(calls.Select(call => call.Ended)), Assert.Null);
        Assert.All(calls, call => Assert.Equal(7, call.Rows[0]));
        Assert.Equal([7f, 8f, 7f], calls[^1].Rows);
        Assert.Equal(1, bench.Batches.SelectMany(batch => batch).Count(text => text == 7));
    }

    [Fact]
    public async Task Interactive_texts_overtake_bulk_work()
    {
        Busy();
        bench.Embed([.. Enumerable.Range(10, 20)], EmbeddingPriority.Bulk);
        bench.Embed([99]);

        bench.Answer(0);

        await Soon.UntilAsync(() => bench.Batches.Count == 3);
        Assert.Equal([99], bench.Batches[2]);
    }

    [Fact]
    public async Task Text_of_bulk_work_that_somebody_waits_for_changes_lanes()
    {
        Busy();
        bench.Embed([.. Enumerable.Range(10, 20)], EmbeddingPriority.Bulk);
        bench.Embed([29]);

        bench.Answer(0);

        await Soon.UntilAsync(() => bench.Batches.Count == 3);
        Assert.Equal([29], bench.Batches[2]);
    }

    [Fact]
    public async Task Cancelled_text_that_waits_never_reaches_an_engine()
    {
        Busy();
        using var caller = new CancellationTokenSource();
        var cancelled = bench.Embed([50], caller: caller);
        var other = bench.Embed([51]);

        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.Ended);
        bench.AnswerAll();

        Assert.Null(await other.Ended);
        Assert.DoesNotContain(50, bench.Batches.SelectMany(batch => batch));
    }

    [Fact]
    public async Task Batch_that_nobody_waits_for_any_more_is_ended()
    {
        using var caller = new CancellationTokenSource();
        var first = bench.Embed([1], caller: caller);
        var second = bench.Embed([2]);
        var third = bench.Embed([3]);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.Ended);
        await Soon.UntilAsync(() => bench.Batches.Count == 3);
        Assert.Equal([3], bench.Batches[2]);
        bench.AnswerAll();
        Assert.Null(await second.Ended);
        Assert.Null(await third.Ended);
    }

    [Fact]
    public async Task Batch_goes_on_while_one_of_its_callers_stays()
    {
        using var caller = new CancellationTokenSource();
        var leaves = bench.Embed([1], caller: caller);
        var stays = bench.Embed([1]);

        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaves.Ended);
        bench.AnswerAll();

        Assert.Null(await stays.Ended);
        Assert.Equal(1, stays.Rows[0]);
    }

    [Fact]
    public async Task Request_out_of_time_gets_its_error_and_its_text_leaves_the_queue()
    {
        Busy();

        var late = bench.Embed([60], timeout: TimeSpan.FromMilliseconds(20));

        Assert.Equal(BridgeErrorKind.DeadlineExceeded, (await late.Ended)!.Kind);
        bench.AnswerAll();
        Assert.Null(await bench.Embed([61]).Ended);
        Assert.DoesNotContain(60, bench.Batches.SelectMany(batch => batch));
    }

    [Fact]
    public async Task Requests_that_still_wait_when_the_bridge_stops_are_told()
    {
        Busy();
        var waiting = bench.Embed([70]);

        await bench.Batcher.DisposeAsync();

        Assert.Equal(BridgeErrorKind.NoEngine, (await waiting.Ended)!.Kind);
        Assert.Equal(BridgeErrorKind.NoEngine, (await bench.Embed([71]).Ended)!.Kind);
    }

    [Fact]
    public async Task Equal_text_that_joins_a_batch_while_it_is_given_up_is_computed_anew()
    {
        Busy();
        using var caller = new CancellationTokenSource();
        var crowd = bench.Embed([5, 6], caller: caller);
        bench.Answer(0);
        await Soon.UntilAsync(() => bench.Batches.Count == 3);
        bench.NoticesLate = true;
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => crowd.Ended);

        var alone = bench.Embed([5]);
        bench.AnswerAll();

        Assert.Null(await alone.Ended);
        Assert.Equal(5, alone.Rows[0]);
    }

    [Fact]
    public async Task Caller_who_joins_a_text_that_everybody_left_is_counted_again()
    {
        Busy();
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var leaves = bench.Embed([5], caller: first);
        var other = bench.Embed([6], caller: second);
        bench.Answer(0);
        await Soon.UntilAsync(() => bench.Batches.Count == 3);
        await first.CancelAsync();
        var joins = bench.Embed([5]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaves.Ended);

        await second.CancelAsync();
        bench.AnswerAll();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other.Ended);
        Assert.Null(await joins.Ended);
        Assert.Single(bench.Batches, batch => batch.Contains(5));
    }

    [Fact]
    public async Task Leaving_costs_as_much_for_each_text_however_many_wait_for_the_same_one()
    {
        Busy();
        var (few, many) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            few = TimeSpan.FromTicks(Math.Min(few.Ticks, (await LeaveTogetherAsync(1_024)).Ticks));
            many = TimeSpan.FromTicks(Math.Min(many.Ticks, (await LeaveTogetherAsync(4_096)).Ticks));
        }

        // Four times as many texts: four times the time, and not sixteen times.
        Assert.InRange(many / few, 0, 10);
    }

    private async Task<TimeSpan> LeaveTogetherAsync(int texts)
    {
        using var leaving = new CancellationTokenSource();
        var crowd = Enumerable.Range(0, 30).Select(_ => bench.Embed([.. Enumerable.Repeat(9, texts)], caller: leaving)).ToList();
        var started = Stopwatch.GetTimestamp();
        await leaving.CancelAsync();
        var took = Stopwatch.GetElapsedTime(started);
        Assert.All(crowd, each => Assert.True(each.Ended.IsCanceled));
        return took;
    }

    // Both leases of the engine are taken.
    private void Busy()
    {
        bench.Embed([1]);
        bench.Embed([2]);
    }
}
