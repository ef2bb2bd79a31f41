using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace AkiDb.Bridge.AspNetCore.Connections;

/// <summary>What the server writes to a connection, of which the first letter of the first answer may have been sent already.</summary>
internal sealed class AnswerOutput(PipeWriter inner) : PipeWriter
{
    private const int LeastSpace = 4 * 1024;
    private static readonly byte[] FirstLetter = "H"u8.ToArray();

    private readonly Lock gate = new();
    private bool hasBegun;
    private long written;

    // Once a letter is ahead, all that follows is copied: the server may go on writing into memory of which a part has been taken already.
    private byte[]? copied;
    private int position;
    private int taken;
    private int ahead;

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes + position - taken;

    /// <summary>How many bytes have been written to the connection.</summary>
    public long Written
    {
        get
        {
            lock (gate)
            {
                return written;
            }
        }
    }

    /// <summary>Sends the first letter of the connection's first answer past everything that is written.</summary>
    /// <returns>Whether it was sent; false when the answer has begun.</returns>
    public bool TrySendAhead(Socket socket)
    {
        lock (gate)
        {
            if (hasBegun)
            {
                return false;
            }

            try
            {
                ahead = socket.Send(FirstLetter, SocketFlags.None, out _);
            }
            catch (ObjectDisposedException)
            {
                return false;
            }

            hasBegun = ahead > 0;
            copied = hasBegun ? [] : null;
            return hasBegun;
        }
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        lock (gate)
        {
            hasBegun = true;
            if (copied is null)
            {
                return inner.GetMemory(sizeHint);
            }

            if (copied.Length - position < Math.Max(sizeHint, 1))
            {
                Take();
                (copied, position, taken) = (new byte[Math.Max(sizeHint, LeastSpace)], 0, 0);
            }

            return copied.AsMemory(position);
        }
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        lock (gate)
        {
            written += bytes;
            if (copied is null)
            {
                inner.Advance(bytes);
            }
            else
            {
                position += bytes;
            }
        }
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            Take();
        }

        return inner.FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    // Hands over what was copied, without what is ahead.
    private void Take()
    {
        if (copied is not null && position > taken)
        {
            inner.Write(copied.AsSpan((taken + ahead)..position));
            (taken, ahead) = (position, 0);
        }
    }
}
