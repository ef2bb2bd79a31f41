using System.Buffers;
using AkiDb.Bridge.Admission;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>Reads bodies whole, into pooled memory that is charged as it fills, and makes requests of them.</summary>
internal sealed class BodyReader(HttpOptions options, ServerDrain drain) : IDisposable
{
    private const int SmallBytes = 64 * 1024;

    // How long a body that is on its way may still arrive when the host stops.
    private static readonly TimeSpan ArrivalGrace = Connections.ConnectionTable.ArrivalGrace;

    // Making strings of large bodies never takes all threads.
    private readonly SemaphoreSlim largeBodies = new(Math.Max(1, Environment.ProcessorCount - 1));

    /// <summary>Has the server leave the limit of a body to us: its own closes the connection; ours answers.</summary>
    public static void TakeLimit(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }
    }

    /// <summary>Reads a body to its end.</summary>
    /// <param name="context">The request.</param>
    /// <param name="account">What it is charged to, until it is given back.</param>
    /// <param name="read">Makes a request of it.</param>
    /// <returns>The request, and the bytes that are charged.</returns>
    public async ValueTask<(T Request, long Bytes)> ReadAsync<T>(HttpContext context, RequestAccount account, Func<ReadOnlySequence<byte>, T> read)
    {
        using var body = new RequestBody(context.Request, options.MaxBodyBytes, account);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        using var stop = drain.Stopping.UnsafeRegister(static state => ((CancellationTokenSource)state!).CancelAfter(ArrivalGrace), end);
        try
        {
            var content = await body.ReadAsync(end.Token).ConfigureAwait(false);
            if (content.Length <= SmallBytes)
            {
                return (read(content), body.Length);
            }

            await largeBodies.WaitAsync(end.Token).ConfigureAwait(false);
            try
            {
                // This thread may be the one that received it, and have others to receive from.
                await LastInLine.WaitAsync().ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                return (read(content), body.Length);
            }
            finally
            {
                largeBodies.Release();
            }
        }
        catch (OperationCanceledException error) when (end.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            throw new ProblemException(
                new Problem(StatusCodes.Status503ServiceUnavailable, ProblemCodes.Stopping, "The host stops, and the request has not arrived. Send it to another one, or again when it is back.")
                {
                    RetryAfter = ArrivalGrace,
                    Closes = true,
                },
                error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => largeBodies.Dispose();
}
