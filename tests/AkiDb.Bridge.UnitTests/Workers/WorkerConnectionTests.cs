using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Workers;

public sealed class WorkerConnectionTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Replies_in_any_order_reach_their_own_callers()
    {
        await using var worker = new InMemoryWorker();
        float[][] rows = [new float[2], new float[2], new float[2]];
        var calls = rows.Select(row => worker.Connection.EmbedAsync(InMemoryWorker.Batch(), 2, row, Timeout, Stop).AsTask()).ToArray();
        long[] ids = [(await worker.ReceiveAsync()).Id, (await worker.ReceiveAsync()).Id, (await worker.ReceiveAsync()).Id];

        foreach (var i in new[] { 2, 0, 1 })
        {
            await worker.SendAsync(WorkerFrames.Rows(ids[i], 1, 2, [i, i + 10]));
        }

        Assert.All(await Task.WhenAll(calls), reply => Assert.Null(reply.Error));
        Assert.Equal([[0f, 10f], [1f, 11f], [2f, 12f]], rows);
        Assert.Equal(0, worker.Connection.InFlight);
    }

    [Fact]
    public async Task Death_is_blamed_on_the_oldest_batch_that_has_no_answer()
    {
        await using var worker = new InMemoryWorker();
        var calls = Enumerable.Range(0, 3).Select(_ => worker.Connection.EmbedAsync(InMemoryWorker.Batch(), 2, new float[2], Timeout, Stop).AsTask()).ToArray();
        var first = (await worker.ReceiveAsync()).Id;
        await worker.SendAsync(WorkerFrames.Rows(first, 1, 2, [1, 2]));
        await calls[0];

        worker.CloseOutput();

        Assert.Equal([BatchLoss.None, BatchLoss.Computing, BatchLoss.Waiting], (await Task.WhenAll(calls)).Select(reply => reply.Loss));
    }

    [Fact]
    public async Task Request_carries_its_ids_and_what_is_left_of_its_time()
    {
        await using var worker = new InMemoryWorker();
        var call = worker.Connection.EmbedAsync(InMemoryWorker.Batch(2), 2, new float[4], TimeSpan.FromSeconds(1.5), Stop).AsTask();

        var frame = await worker.ReceiveAsync();

        Assert.Equal("embed", frame.Type);
        Assert.Equal([2, 2], frame.Lengths);
        Assert.Equal([0, 1, 2, 3], frame.Ids);
        Assert.Equal(1500, frame.TimeoutMilliseconds);
        worker.CloseOutput();
        Assert.NotNull((await call).Error);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(999)]
    [InlineData(long.MaxValue)]
    public async Task Reply_with_an_unknown_id_is_dropped_and_the_caller_waits_on(long id)
    {
        await using var worker = new InMemoryWorker();
        var rows = new float[2];
        var call = worker.Connection.EmbedAsync(InMemoryWorker.Batch(), 2, rows, Timeout, Stop).AsTask();
        var known = (await worker.ReceiveAsync()).Id;

        await worker.SendAsync(WorkerFrames.Rows(id, 1, 2, [7, 7]));
        await worker.SendAsync(WorkerFrames.Error(id, "internal"));
        await worker.SendAsync(WorkerFrames.Rows(known, 1, 2, [1, 2]));

        Assert.Null((await call).Error);
        Assert.Equal([1, 2], rows);
        Assert.Equal(2, worker.Connection.LateReplies);
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(1, 3)]
    [InlineData(1, 1)]
    [InlineData(0, 0)]
    public async Task Reply_of_another_shape_ends_the_connection_and_fails_everyone(int count, int dimension)
    {
        await using var worker = new InMemoryWorker();
        var rows = new float[2];
        var call = worker.Connection.EmbedAsync(InMemoryWorker.Batch(), 2, rows, Timeout, Stop).AsTask();
        var other = worker.Connection.EmbedAsync(InMemoryWorker.Batch(), 2, new float[2], Timeout, Stop).AsTask();
        var id = (await worker.ReceiveAsync()).Id;

        await worker.SendAsync(WorkerFrames.Rows(id, count, dimension, [.. Enumerable.Repeat(9f, count * dimension)]));

        foreach (var reply in await Task.WhenAll(call, other))
        {
            Assert.Equal(BridgeErrorKind.EngineFault, reply.Error!.Kind);
            Assert.True(reply.Error.IsTransient);
        }

        Assert.Equal([0, 0], rows);
        Assert.Contains("rows", await worker.Connection.Closed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Caller_that_keeps_the_thread_on_which_it_was_answered_holds_nobody_up(bool together)
    {
        await using var worker = new InMemoryWorker();
        using var everybody = new ManualResetEventSlim();
        var told = 0;
        var calls = Enumerable.Range(0, 3).Select(_ => CallAsync()).ToList();
        var frames = new List<byte[]>();
        foreach (var _ in calls)
        {
            frames.Add(WorkerFrames.Rows((await worker.ReceiveAsync()).Id, 1, 2, [1, 2]));
        }

        // Each keeps its thread until all have been told.
        foreach (var bytes in together ? [frames.SelectMany(frame => frame).ToArray()] : frames)
        {
            await worker.SendAsync(bytes);
        }

        await Task.WhenAll(calls).WaitAsync(TimeSpan.FromSeconds(10), Stop);

        async Task CallAsync()
        {
            await worker.Connection.EmbedAsync(InMemoryWorker.Batch(), 2, new float[2], Timeout, Stop).ConfigureAwait(false);
            if (Interlocked.Increment(ref told) == 3)
            {
                everybody.Set();
            }

            everybody.Wait(Stop);
        }
    }

    [Fact]
    public async Task End_of_the_stream_fails_whoever_waits_and_whoever_comes_later()
    {
        await using var worker = new InMemoryWorker();
        var call = worker.Connection.EmbedAsync(InMemoryWorker.Batch(), 2, new float[2], Timeout, Stop).AsTask();
        var ping = worker.Connection.PingAsync(Stop);
        await worker.ReceiveAsync();

        worker.CloseOutput();

        Assert.True((await call).Error!.IsTransient);
        await Assert.ThrowsAsync<IOException>(() => ping);
        await worker.Connection.Closed;
        Assert.True((await worker.Connection.EmbedAsync(InMemoryWorker.Batch(), 2, new float[2], Timeout, Stop)).Error!.IsTransient);
        await Assert.ThrowsAsync<IOException>(() => worker.Connection.PingAsync(Stop));
        Assert.Equal(0, worker.Connection.InFlight);
    }

    [Fact]
    public async Task Closed_stdin_is_a_transient_error()
    {
        await using var worker = new InMemoryWorker();
        worker.CloseInput();

        var reply = await worker.Connection.EmbedAsync(InMemoryWorker.Batch(), 2, new float[2], Timeout, Stop);

        Assert.True(reply.Error!.IsTransient);
        await worker.Connection.ShutDownAsync(Stop);
    }

    [Fact]
    public async Task Error_about_the_connection_ends_it()
    {
        await using var worker = new InMemoryWorker();
        var call = worker.Connection.EmbedAsync(InMemoryWorker.Batch(), 2, new float[2], Timeout, Stop).AsTask();

        await worker.SendAsync(WorkerFrames.Error(null, "bad_input", "A frame was damaged."));

        Assert.Contains("A frame was damaged.", (await call).Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Worker_that_calls_itself_poisoned_is_let_go_of()
    {
        await using var worker = new InMemoryWorker();
        var call = worker.Connection.EmbedAsync(InMemoryWorker.Batch(), 2, new float[2], Timeout, Stop).AsTask();

        await worker.SendAsync(WorkerFrames.Error((await worker.ReceiveAsync()).Id, "poisoned", "The CUDA context is lost."));

        Assert.True((await call).Error!.IsTransient);
        Assert.Contains("The CUDA context is lost.", await worker.Connection.Closed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batch_larger_than_a_frame_is_an_error_not_an_exception()
    {
        await using var worker = new InMemoryWorker(maxFrameBytes: 1024);

        var reply = await worker.Connection.EmbedAsync(InMemoryWorker.OneText(1000), 2, new float[2], Timeout, Stop);

        Assert.Equal(BridgeErrorKind.EngineFault, reply.Error!.Kind);
        Assert.False(worker.Connection.Closed.IsCompleted);
    }

    [Fact]
    public async Task Reader_that_fails_unexpectedly_ends_the_connection_with_a_reason()
    {
        var input = new InMemoryPipe();
        await using var connection = new AkiDb.Bridge.Workers.WorkerConnection(
            input.Write, new FailingStream(), ProtocolVersion.DefaultMaxFrameBytes, AkiDb.Bridge.Workers.ReplyThreads.Start, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

        Assert.Contains("something odd", await connection.Closed, StringComparison.Ordinal);
        Assert.True((await connection.EmbedAsync(InMemoryWorker.Batch(), 2, new float[2], Timeout, Stop)).Error!.IsTransient);
    }

    [Fact]
    public async Task Disposing_twice_releases_everyone()
    {
        var worker = new InMemoryWorker();
        var call = worker.Connection.EmbedAsync(InMemoryWorker.Batch(), 2, new float[2], Timeout, Stop).AsTask();

        await worker.Connection.DisposeAsync();
        await worker.Connection.DisposeAsync();

        Assert.True((await call).Error!.IsTransient);
        await worker.DisposeAsync();
    }
}
