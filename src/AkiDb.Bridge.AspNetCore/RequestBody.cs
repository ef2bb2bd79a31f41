using System.Buffers;
using System.IO.Pipelines;
using AkiDb.Bridge.Admission;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>A request's body, whole, in memory from a pool. Each byte is charged to the request's account when it comes.</summary>
internal sealed class RequestBody(HttpRequest request, long maxBytes, RequestAccount account) : IDisposable
{
    private const int BlockBytes = 64 * 1024;

    private readonly PipeReader reader = request.BodyReader;
    private ReadOnlySequence<byte>? unread;
    private Block? first;
    private Block? last;
    private int free;

    /// <summary>Its bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>Whether the caller asks before it sends, and was told to send.</summary>
    public static bool WasAskedFor(HttpContext context) => context.Items.ContainsKey(typeof(RequestBody));

    /// <summary>Is called before the first byte is read: a caller who asks before it sends is told to send by that.</summary>
    public static void AskFor(HttpContext context)
    {
        if (context.Request.Headers.Expect.Count > 0)
        {
            context.Items[typeof(RequestBody)] = true;
        }
    }

    /// <summary>Reads it to its end. The bytes are there until this is disposed.</summary>
    /// <exception cref="BridgeException">It is larger than is allowed, or than there is room for.</exception>
    public async ValueTask<ReadOnlySequence<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBytes)
        {
            throw TooLarge();
        }

        AskFor(request.HttpContext);
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            var buffer = read.Buffer;
            Length += buffer.Length;
            unread = buffer;
            if (Length > maxBytes)
            {
                throw TooLarge();
            }

            if (account.TryCharge(SharedResource.BodyBytes, buffer.Length) is { } refusal)
            {
                throw new BridgeException(refusal);
            }

            if (read.IsCompleted && first is null)
            {
                // All of it is in the server's own memory: no copy is needed.
                return buffer;
            }

            Keep(buffer);
            Consume();
            if (read.IsCompleted)
            {
                return first is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(first, 0, last!, BlockBytes - free);
            }

            await LastInLine.WaitAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Consume();
        for (var block = first; block is not null; block = block.Following)
        {
            ArrayPool<byte>.Shared.Return(block.Bytes);
        }

        (first, last) = (null, null);
    }

    private void Consume()
    {
        if (unread is { } buffer)
        {
            unread = null;
            reader.AdvanceTo(buffer.End);
        }
    }

    private void Keep(ReadOnlySequence<byte> buffer)
    {
        foreach (var segment in buffer)
        {
            for (var rest = segment.Span; rest.Length > 0;)
            {
                if (free == 0)
                {
                    last = new Block(ArrayPool<byte>.Shared.Rent(BlockBytes), last, BlockBytes);
                    first ??= last;
                    free = BlockBytes;
                }

                var count = Math.Min(free, rest.Length);
                rest[..count].CopyTo(last!.Bytes.AsSpan(BlockBytes - free));
                free -= count;
                rest = rest[count..];
            }
        }
    }

    private BridgeException TooLarge() =>
        new(BridgeErrorKind.TooLarge, $"The body is over the limit of {maxBytes} bytes (Bridge:Http:MaxBodyBytes). Split the request.");

    private sealed class Block : ReadOnlySequenceSegment<byte>
    {
        public Block(byte[] bytes, Block? before, int length)
        {
            Bytes = bytes;
            Memory = bytes.AsMemory(0, length);
            if (before is not null)
            {
                before.Next = this;
                RunningIndex = before.RunningIndex + before.Memory.Length;
            }
        }

        public byte[] Bytes { get; }

        public Block? Following => (Block?)Next;
    }
}
