using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>Reads what is left of a refused request's body, and throws it away: within a time, and up to a size.</summary>
internal sealed class UnreadBody(ServerDrain drain, TimeProvider time) : IDisposable
{
    private const long MostBytes = 1L << 30;
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(30);

    // A thousand refused bodies come in side by side, but no more than these are received from at a time.
    private readonly SemaphoreSlim turns = new(Environment.ProcessorCount);

    public async Task DiscardAsync(HttpContext context)
    {
        // Who asks before it sends is not waited for.
        if (context.Request.Headers.Expect.Count > 0 && !RequestBody.WasAskedFor(context))
        {
            return;
        }

        // The server's own limit would end the connection, and the answer would be lost on the way: a head is refused before its route has taken the limit.
        BodyReader.TakeLimit(context);
        using var tooLate = new CancellationTokenSource(MostTime, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(tooLate.Token, context.RequestAborted, drain.Stopping);
        try
        {
            for (var left = MostBytes; left > 0;)
            {
                var read = await context.Request.BodyReader.ReadAsync(end.Token).ConfigureAwait(false);
                left -= read.Buffer.Length;
                if (await DropAsync(context.Request.BodyReader, read, end.Token).ConfigureAwait(false))
                {
                    return;
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            // It was refused already: how its body goes on is nobody's concern.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => turns.Dispose();

    // What is dropped makes room, and the server receives the next piece on this very thread.
    private async ValueTask<bool> DropAsync(PipeReader body, ReadResult read, CancellationToken cancellationToken)
    {
        try
        {
            await turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            body.AdvanceTo(read.Buffer.End);
            throw;
        }

        try
        {
            body.AdvanceTo(read.Buffer.End);
            if (!read.IsCompleted)
            {
                await LastInLine.WaitAsync().ConfigureAwait(false);
            }

            return read.IsCompleted;
        }
        finally
        {
            turns.Release();
        }
    }
}
