using AkiDb.Bridge.Batching;
using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkiDb.Bridge.UnitTests.Batching;

/// <summary>A batcher over an in-process engine whose batches end when the test says so.</summary>
internal sealed class BatcherBench : IAsyncDisposable
{
    private readonly List<(TokenBatch Batch, TaskCompletionSource<BridgeError?> Gate)> batches = [];
    private readonly InProcessEngine engine;
    private bool open;

    public BatcherBench(BatchingOptions? options = null)
    {
        engine = new InProcessEngine(() => new FakeEngine(ComputeAsync), 8, NullLogger.Instance);
        Dispatcher = new Dispatcher(null, engine, new DispatchOptions(), TimeProvider.System, NullLogger<Dispatcher>.Instance);
        Batcher = new Batcher(Dispatcher, 1, options ?? new BatchingOptions(), TimeProvider.System, NullLogger.Instance);
        engine.Start();
        engine.Loaded.GetAwaiter().GetResult();
    }

    public Batcher Batcher { get; }

    /// <summary>Whether the engine notices that nobody wants a batch only when that batch is to be answered.</summary>
    public bool NoticesLate { get; set; }

    public Dispatcher Dispatcher { get; }

    /// <summary>The texts' first ids, batch by batch, in the order in which the engine got them.</summary>
    public IReadOnlyList<int[]> Batches
    {
        get
        {
            lock (batches)
            {
                return [.. batches.Select(batch => Enumerable.Range(0, batch.Batch.Texts).Select(text => batch.Batch.Slice(text, 1).Ids.Span[0]).ToArray())];
            }
        }
    }

    /// <summary>A request of texts of one or several tokens, each token being the text's number; its rows hold that number.</summary>
    public Call Embed(int[] texts, EmbeddingPriority priority = EmbeddingPriority.Interactive, int tokens = 1, TimeSpan? timeout = null, CancellationTokenSource? caller = null, string name = "")
    {
        var rows = new float[texts.Length];
        var batch = new TokenBatch(texts.SelectMany(text => Enumerable.Repeat(text, tokens)).ToArray(), Enumerable.Repeat(tokens, texts.Length).ToArray());
        var deadline = TimeProvider.System.GetTimestamp() + (long)(TimeProvider.System.TimestampFrequency * (timeout ?? TimeSpan.FromSeconds(30)).TotalSeconds);
        var job = new EmbedJob(batch, name, priority, true, deadline, (text, row) => rows[text] = row[0]);
        return new Call(job, rows, Batcher.EmbedAsync(job, caller?.Token ?? CancellationToken.None).AsTask());
    }

    /// <summary>Lets the engine answer its batch number <paramref name="index"/>.</summary>
    public void Answer(int index)
    {
        lock (batches)
        {
            batches[index].Gate.TrySetResult(null);
        }
    }

    /// <summary>Lets the engine fail on its batch number <paramref name="index"/>.</summary>
    public void Fail(int index)
    {
        lock (batches)
        {
            batches[index].Gate.TrySetResult(new BridgeError(BridgeErrorKind.EngineFault, "It failed."));
        }
    }

    /// <summary>From now on the engine answers at once.</summary>
    public void AnswerAll()
    {
        lock (batches)
        {
            open = true;
            batches.ForEach(batch => batch.Gate.TrySetResult(null));
        }
    }

    /// <summary>What an interactive request would find before it. A batch's seat may go to the next one before its rows have been handed out: it is waited for.</summary>
    public async Task<Backlog> BacklogAsync(Func<Backlog, bool> settled)
    {
        await Soon.UntilAsync(() => Batcher.BacklogFor("", 1, EmbeddingPriority.Interactive) is { } backlog && settled(backlog));
        return Batcher.BacklogFor("", 1, EmbeddingPriority.Interactive)!.Value;
    }

    public async ValueTask DisposeAsync()
    {
        await Batcher.DisposeAsync();
        await engine.DisposeAsync();
    }

    private async ValueTask<EngineReply> ComputeAsync(TokenBatch batch, Memory<float> rows, CancellationToken cancellationToken)
    {
        var gate = new TaskCompletionSource<BridgeError?>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (batches)
        {
            batches.Add((batch, gate));
            if (open)
            {
                gate.SetResult(null);
            }
        }

        try
        {
            await gate.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (NoticesLate)
        {
            await gate.Task;
            throw;
        }

        if (await gate.Task is { } error)
        {
            return new EngineReply(error, TimeSpan.Zero);
        }

        for (var text = 0; text < batch.Texts; text++)
        {
            rows.Span[text] = batch.Slice(text, 1).Ids.Span[0];
        }

        return new EngineReply(null, TimeSpan.FromMilliseconds(1));
    }

    internal sealed record Call(EmbedJob Job, float[] Rows, Task<BridgeError?> Ended);
}
