using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>
/// A response's body. What is short is sent whole, with its length: a chunked one takes another packet, and wakes its reader twice. What is long is sent
/// in pieces, each when its reader has room for it: an answer that nobody reads takes no more memory than a short one.
/// </summary>
internal sealed class ResponseBody(HttpResponse response) : IBufferWriter<byte>, IDisposable
{
    /// <summary>The memory that it takes, unless one value is larger.</summary>
    public const int Bytes = 64 * 1024;

    private const int PieceBytes = 48 * 1024;
    private const int LeastSpace = 256;

    private byte[] buffer = ArrayPool<byte>.Shared.Rent(Bytes);
    private int written;

    /// <inheritdoc/>
    public void Advance(int count) => written += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (buffer.Length - written < Math.Max(sizeHint, LeastSpace))
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(2 * buffer.Length, written + sizeHint));
            buffer.AsSpan(0, written).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }

        return buffer.AsMemory(written);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Sends what has been written, if that is a piece; returns when its reader has room for the next one, and everybody else has had a turn.</summary>
    public ValueTask SendPieceAsync(CancellationToken cancellationToken) => written < PieceBytes ? ValueTask.CompletedTask : SendInTurnAsync(cancellationToken);

    /// <summary>Sends what has been written, however little that is.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken) => written == 0 ? ValueTask.CompletedTask : SendAsync(cancellationToken);

    /// <summary>Sends what was written elsewhere, behind what has been written here; returns when its reader has room, and everybody else has had a turn.</summary>
    public async ValueTask SendAsync(ReadOnlySequence<byte> content, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        foreach (var piece in content)
        {
            response.BodyWriter.Write(piece.Span);
        }

        await response.BodyWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
        await LastInLine.WaitAsync().ConfigureAwait(false);
    }

    /// <summary>Sends the rest.</summary>
    public ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        if (!response.HasStarted)
        {
            response.ContentLength = written;
        }

        return SendAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    private async ValueTask SendInTurnAsync(CancellationToken cancellationToken)
    {
        await SendAsync(cancellationToken).ConfigureAwait(false);
        await LastInLine.WaitAsync().ConfigureAwait(false);
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await response.BodyWriter.WriteAsync(buffer.AsMemory(0, written), cancellationToken).ConfigureAwait(false);
        written = 0;
    }
}
