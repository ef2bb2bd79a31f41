using AkiDb.Bridge.Diagnostics;
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
/// What supervision asks for goes on in its context; batches go on wherever their rows are read.
/// </remarks>
internal sealed class WorkerConnection : IAsyncDisposable
{
    private readonly HostConversation conversation = new();
    private readonly Stream toWorker;
    private readonly Stream fromWorker;
    private readonly FrameWriter writer;
    private readonly PendingBatches batches;
    private readonly ReplyReader replies;
    private readonly ILogger logger;
    private long lastId;
    private long pings;

    /// <param name="toWorker">The worker's stdin; owned from now on.</param>
    /// <param name="fromWorker">The worker's stdout; owned from now on.</param>
    /// <param name="maxFrameBytes">The largest frame on the wire.</param>
    /// <param name="read">Has what the worker says read until its stream ends, as <see cref="ReplyThreads.Start"/> does.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public WorkerConnection(Stream toWorker, Stream fromWorker, int maxFrameBytes, Action<ReplyReader> read, TimeProvider time, ILogger logger)
    {
        this.toWorker = toWorker;
        this.fromWorker = fromWorker;
        this.logger = logger;
        batches = new PendingBatches(time, logger);
        writer = new FrameWriter(toWorker, maxFrameBytes);
        replies = new ReplyReader(new FrameReader(fromWorker, maxFrameBytes, batches), conversation, batches, logger);
        read(replies);
    }

    /// <summary>Completes with the reason when the connection has ended. Never faults.</summary>
    public Task<string> Closed => replies.Ended;

    /// <summary>Replies whose request no longer waited: dropped, never matched to another one.</summary>
    public long LateReplies => batches.LateReplies;

    public int InFlight => batches.Count;

    /// <summary>The pings that have been written to the worker's pipe.</summary>
    public long PingCount => Interlocked.Read(ref pings);

    /// <inheritdoc cref="HostConversation.PongCount"/>
    public long PongCount => conversation.PongCount;

    /// <inheritdoc cref="HostConversation.LastPong"/>
    public PongMessage? LastPong => conversation.LastPong;

    /// <summary>Whether the worker takes nothing more: somebody told it to stop.</summary>
    public bool IsLeaving => batches.HasRefused;

    /// <inheritdoc cref="PendingBatches.OnRefused"/>
    public void OnLeaving(Action callback) => batches.OnRefused(callback);

    /// <summary>The sizes of the batches that the worker was given and has not answered, whether or not somebody still waits for them.</summary>
    public IReadOnlyList<BatchSize> InFlightBatches() => batches.Unanswered;

    /// <summary>Whoever waits for the worker is told to look elsewhere: it is silent.</summary>
    public void GiveUp(string reason) => batches.GiveUp(reason);

    /// <summary>Ends the connection because the worker's rows are wrong: it gets nothing more, what it has in flight fails, and its supervisor replaces it.</summary>
    public void Distrust(string reason) => replies.Distrust(reason);

    /// <summary>The worker's greeting.</summary>
    /// <exception cref="ProtocolException">The stream ended first.</exception>
    public async Task<HelloMessage> ReceiveHelloAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAny(conversation.Hello, Closed).WaitAsync(cancellationToken).ConfigureAwait(true);
        return conversation.Hello.IsCompleted ? await conversation.Hello.ConfigureAwait(true) : throw new ProtocolException(await Closed.ConfigureAwait(true));
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
            .ConfigureAwait(true);
        await Task.WhenAny(load.Outcome, Closed).WaitAsync(cancellationToken).ConfigureAwait(true);
        return load.Outcome.IsCompleted ? await load.Outcome.ConfigureAwait(true) : throw new ProtocolException(await Closed.ConfigureAwait(true));
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
                batches.RecordSent(id);
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
        var pong = conversation.BeginPing(id, batches.Sends);
        try
        {
            if (replies.EndReason is { } reason)
            {
                throw new IOException(reason);
            }

            await writer.WriteAsync(id, static (output, id) => HostMessages.WritePing(output, id), cancellationToken).ConfigureAwait(true);
            Interlocked.Increment(ref pings);
            return await pong.WaitAsync(cancellationToken).ConfigureAwait(true);
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
            await writer.WriteAsync(0, static (output, _) => HostMessages.WriteShutdown(output), cancellationToken).ConfigureAwait(true);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            Log.ShutdownNotDelivered(logger, error.Message);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await fromWorker.DisposeAsync().ConfigureAwait(true);
        await toWorker.DisposeAsync().ConfigureAwait(true);
        await replies.StreamEnded.ConfigureAwait(true);
        await writer.DisposeAsync().ConfigureAwait(true);
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

        if (writer.TryPost(id, static (output, id) => HostMessages.WriteCancel(output, id)))
        {
            batches.RecordCancelled(id);
        }
        else
        {
            Log.CancelNotSent(logger, id);
        }
    }
}
