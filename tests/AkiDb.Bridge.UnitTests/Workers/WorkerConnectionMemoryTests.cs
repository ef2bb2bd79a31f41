using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Workers;

/// <summary>After a call has returned, its memory belongs to the caller: nothing that a worker sends may reach it.</summary>
public sealed class WorkerConnectionMemoryTests
{
    // More than the reader buffers: these rows are claimed before they are all there.
    private const int Large = 40_000;

    private static readonly float[] Values = [.. Enumerable.Range(1, Large).Select(i => (float)i)];
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Second_answer_to_one_request_is_dropped()
    {
        await using var worker = new InMemoryWorker();
        var rows = new float[2];
        var call = worker.Connection.EmbedAsync(InMemoryWorker.Batch(), 2, rows, Timeout, Stop).AsTask();
        var id = (await worker.ReceiveAsync()).Id;

        await worker.SendAsync([.. WorkerFrames.Rows(id, 1, 2, [1, 2]), .. WorkerFrames.Rows(id, 1, 2, [8, 8])]);
        await call;
        await AnswerPingAsync(worker);

        Assert.Equal([1, 2], rows);
    }

    [Fact]
    public async Task Rows_behind_an_error_for_the_same_request_are_dropped()
    {
        for (var round = 0; round < 50; round++)
        {
            await using var worker = new InMemoryWorker();
            var rows = new float[2];
            var call = worker.Connection.EmbedAsync(InMemoryWorker.Batch(), 2, rows, Timeout, Stop).AsTask();
            var id = (await worker.ReceiveAsync()).Id;

            await worker.SendAsync([.. WorkerFrames.Error(id, "internal"), .. WorkerFrames.Rows(id, 1, 2, [8, 8])]);

            Assert.NotNull((await call).Error);
            await AnswerPingAsync(worker);
            Assert.Equal([0, 0], rows);
        }
    }

    [Fact]
    public async Task Rows_that_come_after_the_caller_left_are_dropped_and_the_worker_is_told()
    {
        await using var worker = new InMemoryWorker();
        var rows = new float[2];
        using var caller = new CancellationTokenSource();
        var call = worker.Connection.EmbedAsync(InMemoryWorker.Batch(), 2, rows, Timeout, caller.Token).AsTask();
        var id = (await worker.ReceiveAsync()).Id;

        await caller.CancelAsync();

        Assert.Equal(caller.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call)).CancellationToken);
        var cancel = await worker.ReceiveAsync();
        Assert.Equal(("cancel", id), (cancel.Type, cancel.Id));
        await worker.SendAsync(WorkerFrames.Rows(id, 1, 2, [8, 8]));
        await AnswerPingAsync(worker);
        Assert.Equal([0, 0], rows);
        Assert.Equal(1, worker.Connection.LateReplies);
    }

    [Fact]
    public async Task Caller_that_leaves_while_its_rows_arrive_gets_its_memory_back_when_they_have()
    {
        await using var worker = new InMemoryWorker();
        var rows = new float[Large];
        using var caller = new CancellationTokenSource();
        var call = worker.Connection.EmbedAsync(InMemoryWorker.Batch(), Large, rows, Timeout, caller.Token).AsTask();
        var frame = WorkerFrames.Rows((await worker.ReceiveAsync()).Id, 1, Large, Values);
        await worker.SendAsync(frame[..^4_000]);
        await Soon.UntilAsync(() => rows[0] == 1);

        await caller.CancelAsync();

        Assert.False(call.IsCompleted);
        await worker.SendAsync(frame[^4_000..]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(Values, rows);
    }

    [Fact]
    public async Task Caller_that_leaves_while_its_rows_arrive_is_released_by_the_end_of_the_stream()
    {
        await using var worker = new InMemoryWorker();
        var rows = new float[Large];
        using var caller = new CancellationTokenSource();
        var call = worker.Connection.EmbedAsync(InMemoryWorker.Batch(), Large, rows, Timeout, caller.Token).AsTask();
        await worker.SendAsync(WorkerFrames.Rows((await worker.ReceiveAsync()).Id, 1, Large, Values)[..^4_000]);
        await Soon.UntilAsync(() => rows[0] == 1);
        await caller.CancelAsync();

        worker.CloseOutput();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task Caller_that_leaves_while_its_request_is_still_being_written_keeps_the_claim()
    {
        // The worker answers a request that it has not read to its end: ids can be guessed.
        await using var worker = new InMemoryWorker(capacity: 1000);
        var rows = new float[Large];
        using var caller = new CancellationTokenSource();
        var call = worker.Connection.EmbedAsync(InMemoryWorker.OneText(10_000), Large, rows, Timeout, caller.Token).AsTask();
        await worker.SendAsync(WorkerFrames.Rows(1, 1, Large, Values)[..^4_000]);
        await Soon.UntilAsync(() => rows[0] == 1);

        await caller.CancelAsync();

        await Task.WhenAny(call, Task.Delay(50, Stop));
        Assert.False(call.IsCompleted, "The caller got its memory back while rows were arriving in it.");
        worker.CloseOutput();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task Broken_stdin_does_not_give_the_memory_back_while_rows_arrive()
    {
        await using var worker = new InMemoryWorker(capacity: 1000);
        var rows = new float[Large];
        var call = worker.Connection.EmbedAsync(InMemoryWorker.OneText(10_000), Large, rows, Timeout, Stop).AsTask();
        await worker.SendAsync(WorkerFrames.Rows(1, 1, Large, Values)[..^4_000]);
        await Soon.UntilAsync(() => rows[0] == 1);

        worker.CloseInput();

        await Task.WhenAny(call, Task.Delay(50, Stop));
        Assert.False(call.IsCompleted, "The caller got its memory back while rows were arriving in it.");
        worker.CloseOutput();
        Assert.True((await call).Error!.IsTransient);
    }

    [Fact]
    public async Task Worker_that_stops_reading_holds_a_caller_no_longer_than_its_own_patience()
    {
        await using var worker = new InMemoryWorker(capacity: 1000);
        using var caller = new CancellationTokenSource();
        var calls = Enumerable.Range(0, 3)
            .Select(_ => worker.Connection.EmbedAsync(InMemoryWorker.OneText(10_000), 2, new float[2], Timeout, caller.Token).AsTask()).ToArray();

        await caller.CancelAsync();

        foreach (var call in calls)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(TimeSpan.FromSeconds(10), Stop));
        }

        Assert.Equal(0, worker.Connection.InFlight);
    }

    // The pong comes behind everything that was sent before it: when it is here, all that was read.
    private static async Task AnswerPingAsync(InMemoryWorker worker)
    {
        var ping = worker.Connection.PingAsync(Stop);
        HostFrame frame;
        do
        {
            frame = await worker.ReceiveAsync();
        }
        while (frame.Type != "ping");
        await worker.SendAsync(WorkerFrames.Pong(frame.Id));
        await ping;
    }
}
