using System.Collections.Concurrent;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Protocol;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Workers;

/// <summary>The host's end of one worker's pipes: matches replies to requests by id, and fails everything that waits when the stream ends.</summary>
/// <remarks>
/// 1. The worker says hello.            <see cref="ReceiveHelloAsync"/>
/// 2. It is told what to load.          <see cref="LoadAsync"/>; progress extends the deadline.
/// 3. Batches go out, rows come back.   <see cref="EmbedAsync"/>, several in flight.
/// 4. The stream ends, for any reason.  <see cref="Closed"/> completes with that reason; whoever waits gets a transient error.
/// </remarks>
internal sealed class WorkerConnection : IRowsReceiver, IAsyncDisposable
{
    // A worker that never answers what it was asked must not fill the host's memory.
    private const int MaxRemembered = 64;

    private readonly ConcurrentDictionary<long, PendingBatch> batches = new();
    private readonly ConcurrentDictionary<long, TaskCompletionSource<PongMessage>> pings = new();
    private readonly TaskCompletionSource<HelloMessage> hello = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource stop = new();
    private readonly Stream toWorker;
    private readonly Stream fromWorker;
    private readonly FrameWriter writer;
    private readonly FrameReader reader;
    private readonly ILogger logger;
    private readonly Task<string> reading;
    private readonly ConcurrentDictionary<long, BatchSize> unanswered = new();
    private LoadConversation? load;
    private volatile string? closedReason;
    private long lastId;
    private long lateReplies;

    public WorkerConnection(Stream toWorker, Stream fromWorker, int maxFrameBytes, ILogger logger)
    {
        this.toWorker = toWorker;
        this.fromWorker = fromWorker;
        this.logger = logger;
        writer = new FrameWriter(toWorker, maxFrameBytes);
        reader = new FrameReader(fromWorker, maxFrameBytes, this);
        reading = ReadUntilClosedAsync();
    }

    /// <summary>Completes with the reason when the connection has ended. Never faults.</summary>
    public Task<string> Closed => reading;

    /// <summary>Replies whose request no longer waited: dropped, never matched to another one.</summary>
    public long LateReplies => Interlocked.Read(ref lateReplies);

    public int InFlight => batches.Count;

    /// <summary>The sizes of the batches that the worker was given and has not answered, whether or not somebody still waits for them.</summary>
    public IReadOnlyList<BatchSize> InFlightBatches() => [.. unanswered.OrderBy(pair => pair.Key).Select(pair => pair.Value)];

    /// <summary>The worker's greeting.</summary>
    /// <exception cref="ProtocolException">The stream ended first.</exception>
    public async Task<HelloMessage> ReceiveHelloAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAny(hello.Task, reading).WaitAsync(cancellationToken).ConfigureAwait(false);
        return hello.Task.IsCompleted ? await hello.Task.ConfigureAwait(false) : throw new ProtocolException(await reading.ConfigureAwait(false));
    }

    /// <summary>Has the worker load a model.</summary>
    /// <param name="request">What to load.</param>
    /// <param name="onProgress">Called with every sign of progress.</param>
    /// <param name="cancellationToken">Gives up waiting; the connection is of no use then.</param>
    /// <returns>What the worker serves now, or its typed error.</returns>
    /// <exception cref="ProtocolException">The stream ended first.</exception>
    public async Task<(ReadyMessage? Ready, ErrorMessage? Error)> LoadAsync(
        LoadRequest request, Action<ProgressMessage> onProgress, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref lastId);
        load = new LoadConversation(id, onProgress);
        await writer.WriteAsync((id, request), static (output, state) => HostMessages.WriteLoad(output, state.id, state.request), cancellationToken)
            .ConfigureAwait(false);
        await Task.WhenAny(load.Outcome, reading).WaitAsync(cancellationToken).ConfigureAwait(false);
        return load.Outcome.IsCompleted ? await load.Outcome.ConfigureAwait(false) : throw new ProtocolException(await reading.ConfigureAwait(false));
    }

    /// <inheritdoc cref="IEngine.EmbedAsync"/>
    public async ValueTask<EngineReply> EmbedAsync(
        TokenBatch batch, int dimension, Memory<float> rows, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref lastId);
        var pending = new PendingBatch(rows, batch.Texts, dimension);
        var sent = false;
        batches[id] = pending;
        if (unanswered.Count < MaxRemembered && closedReason is null)
        {
            unanswered[id] = new BatchSize(batch.Texts, batch.Tokens);
        }

        try
        {
            // The stream's end is announced before those who wait are told; so whoever comes later sees it here.
            if (closedReason is { } reason)
            {
                return Dead(reason);
            }

            try
            {
                await writer.WriteAsync(
                    (id, batch, Milliseconds: (long)timeout.TotalMilliseconds),
                    static (output, state) => HostMessages.WriteEmbed(output, state.id, state.Milliseconds, state.batch.Lengths.Span, state.batch.Ids.Span),
                    cancellationToken).ConfigureAwait(false);
                sent = true;
                return await pending.Reply.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                await AbandonAsync(id, pending).ConfigureAwait(false);
                throw;
            }
            catch (Exception error) when (error is IOException or ObjectDisposedException or ProtocolException)
            {
                // Not even a request that could not be written whole is safe from an answer: ids can be guessed.
                return pending.TryWithdraw() ? Dead($"The batch could not be sent to the worker: {error.Message}") : await pending.Reply.ConfigureAwait(false);
            }
        }
        finally
        {
            batches.TryRemove(id, out _);
            if (!sent)
            {
                unanswered.TryRemove(id, out _);
            }
        }
    }

    /// <summary>Asks the worker's reader thread for a sign of life.</summary>
    /// <exception cref="OperationCanceledException">No answer came before <paramref name="cancellationToken"/> was cancelled.</exception>
    /// <exception cref="IOException">The worker no longer reads.</exception>
    public async Task<PongMessage> PingAsync(CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref lastId);
        var pong = new TaskCompletionSource<PongMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        pings[id] = pong;
        try
        {
            if (closedReason is { } reason)
            {
                throw new IOException(reason);
            }

            await writer.WriteAsync(id, static (output, id) => HostMessages.WritePing(output, id), cancellationToken).ConfigureAwait(false);
            return await pong.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            pings.TryRemove(id, out _);
        }
    }

    /// <summary>Tells the worker to finish what it has and to exit.</summary>
    public async Task ShutDownAsync(CancellationToken cancellationToken)
    {
        try
        {
            await writer.WriteAsync(0, static (output, _) => HostMessages.WriteShutdown(output), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            Log.ShutdownNotDelivered(logger, error.Message);
        }
    }

    bool IRowsReceiver.TryClaim(RowsHeader header, out Memory<float> rows)
    {
        if (batches.TryGetValue(header.Id, out var pending) && pending.TryClaim(header, out rows))
        {
            return true;
        }

        CountLate(header.Id);
        rows = default;
        return false;
    }

    void IRowsReceiver.Complete(RowsHeader header)
    {
        unanswered.TryRemove(header.Id, out _);
        if (batches.TryGetValue(header.Id, out var pending))
        {
            pending.TryComplete(new EngineReply(null, header.Compute));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await fromWorker.DisposeAsync().ConfigureAwait(false);
        await toWorker.DisposeAsync().ConfigureAwait(false);
        await reading.ConfigureAwait(false);
        await writer.DisposeAsync().ConfigureAwait(false);
        reader.Dispose();
    }

    private static EngineReply Dead(string reason, bool computing = false) => new(new BridgeError(BridgeErrorKind.EngineFault, reason), TimeSpan.Zero, computing);

    private async Task AbandonAsync(long id, PendingBatch pending)
    {
        if (!pending.TryWithdraw())
        {
            // Its rows are arriving. A worker that stalls half-way is ended by its supervisor, which ends this wait too.
            await pending.Reply.ConfigureAwait(false);
            return;
        }

        if (!writer.TryPost(id, static (output, id) => HostMessages.WriteCancel(output, id)))
        {
            Log.CancelNotSent(logger, id);
        }
    }

    private async Task<string> ReadUntilClosedAsync()
    {
        string reason;
        try
        {
            while (await reader.ReadAsync(stop.Token).ConfigureAwait(false) is { } message)
            {
                Deliver(message);
            }

            reason = "The worker closed its end of the pipe.";
        }
        catch (ProtocolException error)
        {
            reason = error.Message;
            Log.ProtocolBroken(logger, error.Message);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            reason = "The connection was closed by the host.";
        }
        catch (Exception error)
        {
            // Whatever it was: those who wait must hear of it.
            reason = $"The worker's pipe broke: {error.Message}";
        }

        closedReason = reason;
        FailAll(reason);
        return reason;
    }

    private void Deliver(WorkerMessage message)
    {
        switch (message)
        {
            case RowsMessage:
                break;
            case PongMessage pong:
                if (pings.TryRemove(pong.Id, out var ping))
                {
                    ping.TrySetResult(pong);
                }

                break;
            case ErrorMessage error:
                DeliverError(error);
                break;
            case HelloMessage greeting:
                if (!hello.TrySetResult(greeting))
                {
                    throw new ProtocolException("The worker said hello twice.");
                }

                break;
            case ProgressMessage progress:
                load?.Report(progress);
                break;
            case ReadyMessage ready:
                if (load is null || !load.TryComplete(ready))
                {
                    throw new ProtocolException("The worker reported a model as ready that nobody asked for.");
                }

                break;
        }
    }

    private void DeliverError(ErrorMessage error)
    {
        if (error.Id is not { } id)
        {
            throw new ProtocolException($"The worker reports: {error.Message}");
        }

        if (load is not null && load.TryFail(error))
        {
            return;
        }

        // What poisoned it is what it was computing.
        if (error.Kind != ErrorKinds.Poisoned)
        {
            unanswered.TryRemove(id, out _);
        }

        if (batches.TryGetValue(id, out var pending))
        {
            pending.TryComplete(new EngineReply(WorkerErrors.OfBatch(error), TimeSpan.Zero));
        }
        else
        {
            CountLate(id);
        }

        if (error.Kind == ErrorKinds.Poisoned)
        {
            // The process is of no use any more, although it still answers pings: ending the connection has it replaced.
            throw new ProtocolException($"The worker asks to be replaced: {error.Message}");
        }
    }

    private void CountLate(long id)
    {
        unanswered.TryRemove(id, out _);
        Interlocked.Increment(ref lateReplies);
        if (id > 0 && id <= Interlocked.Read(ref lastId))
        {
            Log.LateReply(logger, id);
        }
        else
        {
            Log.UnknownReply(logger, id);
        }
    }

    private void FailAll(string reason)
    {
        // A worker computes in the order of arrival: what it died over is the oldest batch that has no answer.
        var computing = true;
        foreach (var (_, pending) in batches.OrderBy(batch => batch.Key))
        {
            computing &= !pending.TryComplete(Dead(reason, computing));
        }

        foreach (var ping in pings.Values)
        {
            ping.TrySetException(new IOException(reason));
        }
    }
}
