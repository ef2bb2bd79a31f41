using System.Collections.Concurrent;
using AkiDb.Bridge.Engines;

namespace AkiDb.Bridge.Workers;

/// <summary>A worker that has loaded its model and may be given work.</summary>
/// <param name="slot">Its slot; names it.</param>
/// <param name="connection">Its pipes.</param>
/// <param name="dimension">The values of one row.</param>
/// <param name="precision">The precision that it computes in.</param>
/// <param name="time">The clock; null for the system's.</param>
internal sealed class Worker(int slot, WorkerConnection connection, int dimension, string precision, TimeProvider? time = null) : IEngine
{
    private readonly TaskCompletionSource<ExitNotice> exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource unresponsive = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<Action<ExitNotice>> exitCallbacks = new();
    private long computed;
    private long lastComputedTicks;

    public int Slot { get; } = slot;

    public string Name { get; } = $"worker:{slot}";

    public string Precision { get; } = precision;

    public WorkerConnection Connection { get; } = connection;

    /// <summary>The tokens of one batch that suit it. Default 512.</summary>
    public int BatchTokens { get; init; } = 512;

    /// <summary>Completes, a moment after its connection has ended, with how it ended. Never faults.</summary>
    public Task<ExitNotice> Exited => exited.Task;

    /// <summary>Completes when it leaves a ping unanswered for too long; a new one after it has answered again. Never faults.</summary>
    public Task Unresponsive => unresponsive.Task;

    /// <summary>Batches that it has computed, probes included.</summary>
    public long Computed => Interlocked.Read(ref computed);

    /// <summary>When it computed the last of them; null before the first.</summary>
    public DateTimeOffset? LastComputed => Interlocked.Read(ref lastComputedTicks) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>It left a ping unanswered for too long: whoever waits for it looks elsewhere.</summary>
    public void MarkUnresponsive()
    {
        unresponsive.TrySetResult();
        Connection.GiveUp($"{Name} does not answer.");
    }

    public void MarkResponsive()
    {
        if (unresponsive.Task.IsCompleted)
        {
            unresponsive = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Its slot knows how it ended: the callbacks are told. Later calls change nothing.</summary>
    public void MarkExited(ExitNotice notice)
    {
        if (exited.TrySetResult(notice))
        {
            foreach (var callback in exitCallbacks)
            {
                callback(notice);
            }
        }
    }

    /// <summary>Has <paramref name="callback"/> called with how it ends, if it has not ended yet.</summary>
    public void OnExited(Action<ExitNotice> callback) => exitCallbacks.Enqueue(callback);

    /// <inheritdoc/>
    public async ValueTask<EngineReply> EmbedAsync(TokenBatch batch, Memory<float> rows, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var reply = await Connection.EmbedAsync(batch, dimension, rows, timeout, cancellationToken).ConfigureAwait(false);
        if (reply.Error is null)
        {
            Interlocked.Increment(ref computed);
            Interlocked.Exchange(ref lastComputedTicks, (time ?? TimeProvider.System).GetUtcNow().UtcTicks);
        }

        return reply;
    }
}
