using AkiDb.Bridge.Batching;
using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.UnitTests.Doubles;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkiDb.Bridge.UnitTests.Batching;

/// <summary>A worker computes one batch after the other: what would only wait there for its turn waits in the queue, where others may join it.</summary>
public sealed class GrowingBatchTests : IAsyncDisposable
{
    private const int BatchTokens = 8;

    private static readonly int[] OneToken = [1];

    private readonly InMemoryWorker first = new();
    private readonly InMemoryWorker second = new();
    private readonly WorkerPool pool = new(2, TimeProvider.System);
    private readonly Batcher batcher;

    public GrowingBatchTests()
    {
        var dispatcher = new Dispatcher(pool, null, new DispatchOptions(), TimeProvider.System, NullLogger<Dispatcher>.Instance);
        batcher = new Batcher(dispatcher, 1, new BatchingOptions(), TimeProvider.System, NullLogger.Instance);
        Join(first, 0);
    }

    [Fact]
    public async Task Batch_grows_until_its_worker_is_free()
    {
        var calls = new[] { Embed(1), Embed(2), Embed(3) };
        var running = await first.ReceiveAsync();
        Assert.Equal(1, first.Connection.InFlight);

        await AnswerAsync(first, running);

        var grown = await first.ReceiveAsync();
        Assert.Equal(2, grown.Lengths.Length);
        await AnswerAsync(first, grown);
        Assert.All(await Task.WhenAll(calls), Assert.Null);
    }

    [Fact]
    public async Task Batch_that_fills_its_lease_goes_to_a_worker_that_is_busy()
    {
        var one = Embed(1);
        var running = await first.ReceiveAsync();
        var most = Enumerable.Range(2, BatchTokens - 1).Select(text => Embed(text)).ToList();
        Assert.Equal(1, first.Connection.InFlight);

        most.Add(Embed(100));

        var full = await first.ReceiveAsync();
        Assert.Equal(BatchTokens, full.Lengths.Length);
        await AnswerAsync(first, running);
        await AnswerAsync(first, full);
        Assert.All(await Task.WhenAll([one, .. most]), Assert.Null);
    }

    [Fact]
    public async Task Batch_that_grows_goes_to_whichever_worker_is_free_first()
    {
        Join(second, 1);
        var calls = new[] { Embed(1), Embed(2), Embed(3) };
        var slow = await first.ReceiveAsync();

        await AnswerAsync(second, await second.ReceiveAsync());

        await AnswerAsync(second, await second.ReceiveAsync());
        await AnswerAsync(first, slow);
        Assert.All(await Task.WhenAll(calls), Assert.Null);
    }

    [Fact]
    public async Task Batch_that_grows_for_a_worker_that_dies_goes_to_the_next_one()
    {
        var calls = new[] { Embed(1), Embed(2) };
        await first.ReceiveAsync();
        Join(second.Answering(1, dimension: 1), 1);

        first.Die();

        Assert.All(await Task.WhenAll(calls), Assert.Null);
    }

    [Fact]
    public async Task Caller_who_leaves_while_its_batch_grows_takes_it_along()
    {
        using var caller = new CancellationTokenSource();
        var one = Embed(1);
        var running = await first.ReceiveAsync();
        var two = Embed(2, caller);

        await caller.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => two);
        await AnswerAsync(first, running);
        Assert.Null(await one);
        var three = Embed(3);
        var last = await first.ReceiveAsync();
        Assert.Equal(3, Assert.Single(last.Ids));
        await AnswerAsync(first, last);
        Assert.Null(await three);
    }

    [Fact]
    public async Task Stop_ends_what_grows()
    {
        var calls = new[] { Embed(1), Embed(2) };
        await first.ReceiveAsync();

        await batcher.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        Assert.All(await Task.WhenAll(calls), error => Assert.Equal(BridgeErrorKind.NoEngine, error!.Kind));
    }

    public async ValueTask DisposeAsync()
    {
        await batcher.DisposeAsync();
        await first.DisposeAsync();
        await second.DisposeAsync();
    }

    private static async Task AnswerAsync(InMemoryWorker worker, HostFrame frame) =>
        await worker.SendAsync(WorkerFrames.Rows(frame.Id, frame.Lengths.Length, 1, [.. frame.Lengths.Select(_ => 1f)]));

    private void Join(InMemoryWorker worker, int slot) => pool.Add(new Worker(slot, worker.Connection, 1, "float32") { BatchTokens = BatchTokens });

    private Task<BridgeError?> Embed(int text, CancellationTokenSource? caller = null)
    {
        var time = TimeProvider.System;
        var job = new EmbedJob(
            new TokenBatch(new[] { text }, OneToken), "", EmbeddingPriority.Interactive, false, time.GetTimestamp() + (time.TimestampFrequency * 30), (_, _) => { });
        return batcher.EmbedAsync(job, caller?.Token ?? CancellationToken.None).AsTask();
    }
}
