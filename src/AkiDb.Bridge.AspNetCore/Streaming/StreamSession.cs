using System.IO.Pipelines;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using AkiDb.Bridge.Admission;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Streaming;

/// <summary>One stream, from its first line to its last answer.</summary>
/// <remarks>
/// 1. Wait for a place.     So many batches are with the engines or wait to be sent, and no more: who does not read its answers is not read from.
/// 2. Take lines.           Those that have come, up to a batch; only the first one is waited for.
/// 3. Embed, and write.     The next batch is taken meanwhile, and the answers of others are written.
/// 4. Send the answers.     In the order of the lines, as soon as a batch is there; then its place is free.
/// </remarks>
/// <param name="context">The request.</param>
/// <param name="format">The format of lines and answers.</param>
/// <param name="embedder">Embeds the lines.</param>
/// <param name="limits">How much, and how long.</param>
/// <param name="time">The clock.</param>
internal sealed class StreamSession(HttpContext context, StreamFormat format, BatchEmbedder embedder, StreamLimits limits, TimeProvider time) : IDisposable
{
    private const int Places = 4;
    private const int BatchBytes = 256 * 1024;

    // Each run waits until a thread has sent the one before: smaller ones would have the stream wait more than it computes.
    private const int RunBytes = 256 * 1024;

    private static readonly TimeSpan UntilRead = TimeSpan.FromSeconds(1);

    private readonly Channel<StreamBatch> batches = Channel.CreateBounded<StreamBatch>(Places);
    private readonly SemaphoreSlim places = new(Places);
    private readonly BatchSize size = new();
    private readonly PipeReader input = context.Request.BodyReader;
    private readonly CallerView view = CallerView.Of(context);
    private bool hasEnded;

    /// <summary>Reads, embeds and answers until the body ends.</summary>
    /// <param name="account">What the session itself takes up.</param>
    /// <param name="stopping">The host stops: what has arrived is answered.</param>
    public async Task RunAsync(RequestAccount account, CancellationToken stopping)
    {
        RequestBody.AskFor(context);
        using var lifetime = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        using var output = new ResponseBody(context.Response);
        var sending = SendAsync(output, lifetime);
        Exception? failure = null;
        try
        {
            await ReadAsync(account, lifetime.Token, stopping).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // Nobody waits for what is computed any more.
            failure = error;
            await lifetime.CancelAsync().ConfigureAwait(false);
        }

        batches.Writer.Complete();
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await foreach (var left in batches.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            await ((Task)left.Answers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            left.Dispose();
        }

        if (failure is not null && !(failure is OperationCanceledException && sending.IsFaulted))
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        await sending.ConfigureAwait(false);
        if (!hasEnded)
        {
            await LingerAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => places.Dispose();

    private async Task ReadAsync(RequestAccount account, CancellationToken lifetime, CancellationToken stopping)
    {
        using var lines = new LineBuffer(format, limits.MaxLineBytes, account);
        using var idle = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(lifetime, idle.Token, stopping);
        for (var more = true; more;)
        {
            await places.WaitAsync(lifetime).ConfigureAwait(false);
            idle.CancelAfter(limits.Idle);
            var taken = new List<StreamLine>();
            try
            {
                if (!hasEnded)
                {
                    end.Token.ThrowIfCancellationRequested();
                }

                more = await TakeAsync(lines, taken, end.Token).ConfigureAwait(false);
                idle.CancelAfter(Timeout.InfiniteTimeSpan);
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested && !lifetime.IsCancellationRequested)
            {
                more = false;
                var ending = stopping.IsCancellationRequested
                    ? new BridgeError(BridgeErrorKind.NoEngine, "The host stops. Send this line and what follows it to another one, or again when it is back.")
                    : new BridgeError(BridgeErrorKind.DeadlineExceeded, "No line has come for so long that no more is waited for. Send this line and what follows it again.");
                taken.Add(new StreamLine(lines.Lines + 1, null, null, ending, 0));
            }

            if (taken.Count > 0)
            {
                var batch = new StreamBatch(taken);
                batch.Answers = EmbedAsync(batch, lifetime);
                await batches.Writer.WriteAsync(batch, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    // Where the connection ends behind a last line that was not asked for, clients throw away what they have not read yet. One that has read it ends its body.
    private async Task LingerAsync()
    {
        using var late = new CancellationTokenSource(UntilRead, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        try
        {
            for (var isCompleted = false; !isCompleted;)
            {
                var read = await input.ReadAsync(end.Token).ConfigureAwait(false);
                isCompleted = read.IsCompleted;
                input.AdvanceTo(read.Buffer.End);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            // It was told where the answers end.
        }
    }

    // Returns whether there may be more.
    private async ValueTask<bool> TakeAsync(LineBuffer lines, List<StreamLine> taken, CancellationToken end)
    {
        var bytes = 0L;
        while (taken.Count < size.Lines && bytes < BatchBytes)
        {
            if (lines.TryRead(hasEnded, out var line))
            {
                taken.Add(line);
                bytes += line.Bytes;
                if (format.IsBroken)
                {
                    return false;
                }

                continue;
            }

            if (hasEnded)
            {
                return false;
            }

            if (!input.TryRead(out var read))
            {
                if (taken.Count > 0)
                {
                    return true;
                }

                read = await input.ReadAsync(end).ConfigureAwait(false);
            }

            lines.Add(read.Buffer);
            input.AdvanceTo(read.Buffer.End);
            hasEnded = read.IsCompleted;
        }

        return true;
    }

    private async Task<LineAnswer[]> EmbedAsync(StreamBatch batch, CancellationToken lifetime)
    {
        // The next lines are read meanwhile.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var started = time.GetTimestamp();
        var answers = await embedder.EmbedAsync(batch.Lines, batch.Accounts, lifetime).ConfigureAwait(false);
        size.Record(batch.Lines.Count, time.GetElapsedTime(started));
        await batch.Ahead.WriteAsync(format, batch.Lines, answers, embedder.Open(batch.Accounts), view.Show).ConfigureAwait(false);
        return answers;
    }

    private async Task SendAsync(ResponseBody output, CancellationTokenSource lifetime)
    {
        using var slow = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(lifetime.Token, slow.Token);
            await foreach (var batch in batches.Reader.ReadAllAsync(lifetime.Token).ConfigureAwait(false))
            {
                using (batch)
                {
                    var answers = await batch.Answers.ConfigureAwait(false);
                    Begin(batch, answers);
                    for (var left = batch.Ahead.Content; !left.IsEmpty;)
                    {
                        var run = left.Slice(0, Math.Min(left.Length, RunBytes));
                        slow.CancelAfter(limits.Idle);
                        await output.SendAsync(run, end.Token).ConfigureAwait(false);
                        left = left.Slice(run.End);
                    }

                    for (var index = batch.Ahead.Count; index < answers.Length; index++)
                    {
                        format.Write(output, batch.Lines[index], answers[index], view.Show);
                        slow.CancelAfter(limits.Idle);
                        await output.SendPieceAsync(end.Token).ConfigureAwait(false);
                    }
                }

                slow.CancelAfter(limits.Idle);
                await output.FlushAsync(end.Token).ConfigureAwait(false);
                slow.CancelAfter(Timeout.InfiniteTimeSpan);
                places.Release();
            }

            Begin(null, []);
            await output.CompleteAsync(end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (slow.IsCancellationRequested && !lifetime.IsCancellationRequested)
        {
            // Who reads nothing for so long has as good as left.
            await lifetime.CancelAsync().ConfigureAwait(false);
            context.Abort();
            throw new ConnectionAbortedException("The answers of a stream were not read.", error);
        }
        catch
        {
            // Nobody reads the answers: nothing more is read either.
            await lifetime.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private void Begin(StreamBatch? batch, LineAnswer[] answers)
    {
        if (context.Response.HasStarted || context.Response.ContentType is not null)
        {
            return;
        }

        for (var index = 0; index < answers.Length; index++)
        {
            // What is wrong with the query is wrong with every line, and no answer has been given yet.
            if (batch!.Lines[index].Error is null && answers[index].Error is { InputIndex: null, Kind: BridgeErrorKind.BadInput or BridgeErrorKind.UnknownModel or BridgeErrorKind.SpaceMismatch } error)
            {
                throw new BridgeException(error);
            }
        }

        context.Response.ContentType = format.ContentType;
        if ((embedder.Space ?? limits.ExpectedSpace()) is { } space)
        {
            SpaceHeader.Set(context.Response, embedder.Promise(space));
        }
    }
}
