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
internal sealed class WorkerConnection : IAsyncDisposable
{
    private readonly HostConversation conversation = new();
    private readonly Stream toWorker;
    private readonly Stream fromWorker;
    private readonly FrameWriter writer;
    private readonly PendingBatches batches;
    private readonly ReplyLoop replies;
    private readonly ILogger logger;
    private long lastId;

    public WorkerConnection(Stream toWorker, Stream fromWorker, int maxFrameBytes, ILogger logger)
    {
        this.toWorker = toWorker;
        this.fromWorker = fromWorker;
        this.logger = logger;
        batches = new PendingBatches(logger);
        writer = new FrameWriter(toWorker, maxFrameBytes);
        replies = new ReplyLoop(new FrameReader(fromWorker, maxFrameBytes, batches), conversation, batches, logger);
        replies.Start();
    }

    /// <summary>Completes with the reason when the connection has ended. Never faults.</summary>
    public Task<string> Closed => replies.Ended;

    /// <summary>Replies whose request no longer waited: dropped, never matched to another one.</summary>
    public long LateReplies => batches.LateReplies;

    public int InFlight => batches.Count;

    /// <summary>Whether the worker takes nothing more: somebody told it to stop.</summary>
    public bool IsLeaving => batches.Refused;

    /// <summary>The sizes of the batches that the worker was given and has not answered, whether or not somebody still waits for them.</summary>
    public IReadOnlyList<BatchSize> InFlightBatches() => batches.Unanswered;

    /// <summary>Whoever waits for the worker is told to look elsewhere: it is silent.</summary>
    public void GiveUp(string reason) => batches.GiveUp(reason);

    /// <summary>The worker's greeting.</summary>
    /// <exception cref="ProtocolException">The stream ended first.</exception>
    public async Task<HelloMessage> ReceiveHelloAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAny(conversation.Hello, Closed).WaitAsync(cancellationToken).ConfigureAwait(false);
        return conversation.Hello.IsCompleted ? await conversation.Hello.ConfigureAwait(false) : throw new ProtocolException(await Closed.ConfigureAwait(false));
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
        var load = conversation.BeginLoad(id, onProgress);
        await writer.WriteAsync((id, request), static (output, state) => HostMessages.WriteLoad(output, state.id, state.request), cancellationToken)
            .ConfigureAwait(false);
        await Task.WhenAny(load.Outcome, Closed).WaitAsync(cancellationToken).ConfigureAwait(false);
        return load.Outcome.IsCompleted ? await load.Outcome.ConfigureAwait(false) : throw new ProtocolException(await Closed.ConfigureAwait(false));
    }

    /// <inheritdoc cref="IEngine.EmbedAsync"/>
    public async ValueTask<EngineReply> EmbedAsync(
        TokenBatch batch, int dimension, Memory<float> rows, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref lastId);
        var pending = new PendingBatch(rows, batch.Texts, dimension);
        var sent = false;
        batches.Add(id, pending, batch);
        try
        {
            // The stream's end is announced before those who wait are told; so whoever comes later sees it here.
            if (replies.EndReason is { } reason)
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
            batches.Remove(id, sent);
        }
    }

    /// <summary>Asks the worker's reader thread for a sign of life.</summary>
    /// <exception cref="OperationCanceledException">No answer came before <paramref name="cancellationToken"/> was cancelled.</exception>
    /// <exception cref="IOException">The worker no longer reads.</exception>
    public async Task<PongMessage> PingAsync(CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref lastId);
        var pong = conversation.BeginPing(id);
        try
        {
            if (replies.EndReason is { } reason)
            {
                throw new IOException(reason);
            }

            await writer.WriteAsync(id, static (output, id) => HostMessages.WritePing(output, id), cancellationToken).ConfigureAwait(false);
            return await pong.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            conversation.EndPing(id);
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

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await fromWorker.DisposeAsync().ConfigureAwait(false);
        await toWorker.DisposeAsync().ConfigureAwait(false);
        await Closed.ConfigureAwait(false);
        await writer.DisposeAsync().ConfigureAwait(false);
    }

    private static EngineReply Dead(string reason) => new(new BridgeError(BridgeErrorKind.EngineFault, reason), TimeSpan.Zero);

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
}
