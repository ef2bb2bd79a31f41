using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Protocol;

/// <summary>Writes frames to the worker's stdin, one at a time, each with a single write.</summary>
/// <param name="stream">The worker's stdin.</param>
/// <param name="maxFrameBytes">The largest frame that the worker accepts.</param>
internal sealed class FrameWriter(Stream stream, int maxFrameBytes) : IAsyncDisposable
{
    private const int HeaderBytes = 4;

    // Kept between frames, so that a steady stream of them allocates nothing; a rare giant is given back.
    private const int KeptBufferBytes = 1024 * 1024;

    private readonly SemaphoreSlim turn = new(1, 1);
    private ArrayBufferWriter<byte> buffer = new(16 * 1024);

    /// <summary>Writes one frame.</summary>
    /// <param name="state">What <paramref name="write"/> needs.</param>
    /// <param name="write">Writes the frame's content; runs before the returned task is first suspended on the pipe.</param>
    /// <param name="cancellationToken">Gives up waiting. A frame that was begun is finished all the same, unless the pipe is closed.</param>
    /// <exception cref="ProtocolException">The content is larger than a frame may be.</exception>
    /// <exception cref="IOException">The worker no longer reads.</exception>
    public async ValueTask WriteAsync<TState>(TState state, Action<IBufferWriter<byte>, TState> write, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        await WriteInTurnAsync(state, write).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes one frame if the pipe is free at this moment, without waiting for it to be read.</summary>
    /// <returns>False when another frame is being written: this one was not sent.</returns>
    public bool TryPost<TState>(TState state, Action<IBufferWriter<byte>, TState> write)
    {
        if (!turn.Wait(0))
        {
            return false;
        }

        // Nobody waits for it: should the pipe break, the reader's end of the connection says so.
        _ = WriteInTurnAsync(state, write);
        return true;
    }

    /// <summary>Waits for the frames that were begun; the pipe must be closed before, so that each of them fails at once.</summary>
    public async ValueTask DisposeAsync()
    {
        // Turns are first come, first served. They go on being given: whoever comes later finds the pipe closed, and nobody waits for ever.
        await turn.WaitAsync().ConfigureAwait(false);
        turn.Release();
    }

    private async Task WriteInTurnAsync<TState>(TState state, Action<IBufferWriter<byte>, TState> write)
    {
        try
        {
            buffer.ResetWrittenCount();
            buffer.GetSpan(HeaderBytes);
            buffer.Advance(HeaderBytes);
            write(buffer, state);
            var length = buffer.WrittenCount - HeaderBytes;
            if (length > maxFrameBytes)
            {
                throw new ProtocolException($"A frame of {length} bytes is over the limit of {maxFrameBytes}.");
            }

            // ArrayBufferWriter shows its written part as read-only; the four bytes of the header were reserved above.
            BinaryPrimitives.WriteUInt32LittleEndian(MemoryMarshal.AsMemory(buffer.WrittenMemory).Span, (uint)length);
            await stream.WriteAsync(buffer.WrittenMemory, CancellationToken.None).ConfigureAwait(false);
            await stream.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            if (buffer.Capacity > KeptBufferBytes)
            {
                buffer = new ArrayBufferWriter<byte>(16 * 1024);
            }
        }
        finally
        {
            turn.Release();
        }
    }
}
