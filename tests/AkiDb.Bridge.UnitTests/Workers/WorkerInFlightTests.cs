using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Workers;

/// <summary>What a worker has been given and has not answered: what its crash report will say.</summary>
public sealed class WorkerInFlightTests : IAsyncDisposable
{
    private readonly InMemoryWorker worker = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => worker.DisposeAsync();

    [Fact]
    public async Task Batch_is_in_flight_until_it_is_answered()
    {
        var embedding = EmbedAsync(3);
        var frame = await worker.ReceiveAsync();
        Assert.Equal([new BatchSize(3, 6)], worker.Connection.InFlightBatches());

        await worker.SendAsync(WorkerFrames.Rows(frame.Id, 3, 2, new float[6]));

        await embedding;
        Assert.Empty(worker.Connection.InFlightBatches());
    }

    [Fact]
    public async Task Batch_that_failed_is_answered()
    {
        var embedding = EmbedAsync(1);

        await worker.SendAsync(WorkerFrames.Error((await worker.ReceiveAsync()).Id, "internal"));

        await embedding;
        Assert.Empty(worker.Connection.InFlightBatches());
    }

    [Fact]
    public async Task Batch_that_nobody_waits_for_is_in_flight_until_it_is_answered()
    {
        using var caller = new CancellationTokenSource();
        var embedding = EmbedAsync(1, caller.Token);
        var frame = await worker.ReceiveAsync();
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => embedding);
        Assert.Single(worker.Connection.InFlightBatches());

        await worker.SendAsync(WorkerFrames.Error(frame.Id, "cancelled"));

        await Soon.UntilAsync(() => worker.Connection.InFlightBatches().Count == 0);
    }

    [Fact]
    public async Task What_was_in_flight_is_known_after_the_end()
    {
        var first = EmbedAsync(1);
        var second = EmbedAsync(2);
        await worker.ReceiveAsync();
        await worker.ReceiveAsync();

        worker.Die();

        await Task.WhenAll(first, second);
        Assert.Equal([new BatchSize(1, 2), new BatchSize(2, 4)], worker.Connection.InFlightBatches());
    }

    [Fact]
    public async Task Worker_that_never_answers_is_not_kept_count_of_without_end()
    {
        using var caller = new CancellationTokenSource();
        var calls = new List<Task<EngineReply>>();
        for (var call = 0; call < 200; call++)
        {
            calls.Add(EmbedAsync(1, caller.Token));
            await worker.ReceiveAsync();
        }

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(calls));
        Assert.InRange(worker.Connection.InFlightBatches().Count, 1, 64);
    }

    private Task<EngineReply> EmbedAsync(int texts, CancellationToken? caller = null) =>
        worker.AsWorker().EmbedAsync(InMemoryWorker.Batch(texts), new float[texts * 2], TimeSpan.FromMinutes(1), caller ?? Stop).AsTask();
}
