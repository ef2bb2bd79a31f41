using System.Buffers;
using AkiDb.Bridge.Admission;

namespace AkiDb.Bridge.AspNetCore.Streaming;

/// <summary>What has come of a stream and is no complete line yet: of a line that is too long nothing is kept.</summary>
/// <param name="format">Tells lines from one another.</param>
/// <param name="maxBytes">The longest line.</param>
/// <param name="account">What the buffer is charged to.</param>
internal sealed class LineBuffer(StreamFormat format, long maxBytes, RequestAccount account) : IDisposable
{
    private const int LeastBytes = 64 * 1024;

    private byte[] buffer = [];
    private int start;
    private int end;
    private long charged;
    private BridgeError? skipping;

    /// <summary>How many lines have been read.</summary>
    public long Lines { get; private set; }

    /// <summary>Adds what has come.</summary>
    public void Add(ReadOnlySequence<byte> piece)
    {
        if (start == end)
        {
            (start, end) = (0, 0);
        }

        var length = (int)piece.Length;
        if (buffer.Length - end < length)
        {
            MakeRoom(length);
        }

        piece.CopyTo(buffer.AsSpan(end));
        end += length;
    }

    /// <summary>Takes the next line.</summary>
    /// <param name="isEnd">Whether no more will come.</param>
    /// <param name="line">The line.</param>
    /// <returns>False where there is no complete one.</returns>
    public bool TryRead(bool isEnd, out StreamLine line)
    {
        line = default;
        if (skipping is not null)
        {
            return TrySkip(isEnd, out line);
        }

        var length = format.TryRead(buffer.AsSpan(start..end), isEnd, Lines + 1, out line);
        if (length == 0)
        {
            if (end - start > maxBytes)
            {
                skipping = TooLong;
                return TrySkip(isEnd, out line);
            }

            return false;
        }

        start += length;
        Lines++;
        line = line.Bytes > maxBytes ? line with { Text = null, Error = TooLong } : line;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = [];
        }
    }

    private BridgeError TooLong => new(BridgeErrorKind.TooLarge, $"The line is over the limit of {maxBytes} bytes (Bridge:Http:MaxBodyBytes). Split its text.");

    private bool TrySkip(bool isEnd, out StreamLine line)
    {
        start += format.Skip(buffer.AsSpan(start..end), out var isOver);
        line = default;
        if (!isOver && !isEnd)
        {
            return false;
        }

        line = new StreamLine(++Lines, null, null, skipping, 0);
        skipping = null;
        start = isOver ? start : end;
        return true;
    }

    private void MakeRoom(int length)
    {
        var kept = end - start;
        if (buffer.Length < kept + length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(LeastBytes, Math.Max(2 * kept, kept + length)));
            Charge(larger.Length);
            buffer.AsSpan(start..end).CopyTo(larger);
            Dispose();
            buffer = larger;
        }
        else
        {
            buffer.AsSpan(start..end).CopyTo(buffer);
        }

        (start, end) = (0, kept);
    }

    private void Charge(long bytes)
    {
        if (account.TryCharge(SharedResource.BodyBytes, bytes) is { } full)
        {
            throw new BridgeException(full);
        }

        account.GiveBack(SharedResource.BodyBytes, charged);
        charged = bytes;
    }
}
