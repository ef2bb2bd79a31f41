using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>Computes pooled rows in the host's own process, straight from the model folder.</summary>
/// <remarks>
/// 1. Plan.      The call's texts are sorted by length and cut into micro-batches of real tokens.
/// 2. Wait.      Callers take turns; never more runs than cores.
/// 3. Run.       A micro-batch that is alone gets every core, otherwise each gets one.
/// 4. Scatter.   Rows go to their texts' places in the caller's memory.
/// </remarks>
internal sealed class OnnxEngine : IEngine, IAsyncDisposable
{
    private static readonly BridgeError Stopped = new(BridgeErrorKind.EngineFault, "The in-process engine has been stopped.");
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly TransformerModel model;
    private readonly OnnxModel graph;
    private readonly OnnxSessions sessions;
    private readonly OnnxOptions options;
    private readonly TimeProvider time;
    private readonly RunQueue queue;
    private readonly RunThreads threads;
    private readonly int cores;
    private readonly Lock disposing = new();
    private Task? disposal;

    private OnnxEngine(TransformerModel model, OnnxModel graph, OnnxSessions sessions, OnnxOptions options, int cores, TimeProvider time)
    {
        this.model = model;
        this.graph = graph;
        this.sessions = sessions;
        this.options = options;
        this.cores = cores;
        this.time = time;
        queue = new RunQueue(cores, time);
        threads = new RunThreads(queue, sessions, graph, model, cores);
    }

    public string Name => "in-process";

    public string Precision => "float32";

    /// <summary>Reads the weights and makes the engine ready to compute.</summary>
    /// <exception cref="BridgeException">The model cannot be served: the error says why.</exception>
    public static OnnxEngine Load(TransformerModel model, OnnxOptions options, TimeProvider time)
    {
        var cores = options.Threads == 0 ? Environment.ProcessorCount : options.Threads;
        var graph = GraphBuilder.Build(model);
        var sessions = OnnxSessions.Open(model, graph, options, cores);
        try
        {
            // Last: the weights have been hashed meanwhile.
            model.CheckWeights(CancellationToken.None);
            return new(model, graph, sessions, options, cores, time);
        }
        catch
        {
            sessions.Dispose();
            throw;
        }
    }

    public async ValueTask<EngineReply> EmbedAsync(TokenBatch batch, Memory<float> rows, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (batch.Texts == 0)
        {
            return default;
        }

        var (tokens, skipped) = model.PoolsPrompt ? (batch, null) : PromptEnds.Take(batch, model.PromptEnd);
        using var call = new EmbedCall(tokens, rows, CallPlan.Create(tokens.Lengths.Span, options.BatchTokens, cores, graph.BlockQueries)) { Skipped = skipped };
        if (!queue.TryAdd(call))
        {
            return new(Stopped, TimeSpan.Zero);
        }

        await EndAsync(call, timeout, cancellationToken).ConfigureAwait(false);
        if (call.Outcome == EmbedOutcome.Cancelled)
        {
            throw new OperationCanceledException(cancellationToken);
        }

        return new(call.Error, time.GetElapsedTime(call.Computed.Started, call.Computed.Ended));
    }

    /// <summary>Lets the calls that are here end, for a while; ends them after that. May be called twice.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (disposing)
        {
            disposal ??= StopAsync();
        }

        await disposal.ConfigureAwait(false);
    }

    /// <summary>Waits for a call; the caller's token and the timeout end it early, but never before its runs have left the caller's memory.</summary>
    private async Task EndAsync(EmbedCall call, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var late = new BridgeError(BridgeErrorKind.DeadlineExceeded, $"The in-process engine did not finish within the {timeout} that it was given.");
        var deadline = time.CreateTimer(
            _ => queue.End(call, EmbedOutcome.DeadlineExceeded, late), null, DueTime(timeout), Timeout.InfiniteTimeSpan);
        await using (deadline.ConfigureAwait(false))
        {
            var cancelled = cancellationToken.UnsafeRegister(_ => queue.End(call, EmbedOutcome.Cancelled), null);
            await using (cancelled.ConfigureAwait(false))
            {
                await call.Ended.ConfigureAwait(false);
            }
        }
    }

    private static TimeSpan DueTime(TimeSpan timeout) =>
        timeout == Timeout.InfiniteTimeSpan || timeout.TotalMilliseconds > int.MaxValue ? Timeout.InfiniteTimeSpan
        : timeout < TimeSpan.Zero ? TimeSpan.Zero
        : timeout;

    private async Task StopAsync()
    {
        queue.Close();
        if (!await EndedWithinAsync(Grace).ConfigureAwait(false))
        {
            queue.EndAll(Stopped);
        }

        // A session under a run that will not end must not be freed.
        if (await EndedWithinAsync(Grace).ConfigureAwait(false))
        {
            sessions.Dispose();
        }
    }

    private async Task<bool> EndedWithinAsync(TimeSpan limit)
    {
        try
        {
            await threads.Ended.WaitAsync(limit, time).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
