using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Protocol;

/// <summary>Reads frames from the worker's stdout.</summary>
/// <remarks>
/// 1. Read the length, and judge it before anything is allocated.
/// 2. Read the frame's start into a fixed buffer. Almost every frame fits there whole.
/// 3. A <c>rows</c> frame names its request; the floats go from the pipe straight into that request's memory.
/// </remarks>
/// <param name="stream">The worker's stdout.</param>
/// <param name="maxFrameBytes">The largest frame that is accepted.</param>
/// <param name="receiver">Where rows go.</param>
internal sealed class FrameReader(Stream stream, int maxFrameBytes, IRowsReceiver receiver)
{
    private const int HeaderBytes = 4;

    private readonly byte[] buffer = new byte[64 * 1024];
    private int start;
    private int end;

    /// <summary>Reads the next frame.</summary>
    /// <returns>The message; null at the end of the stream. A <see cref="RowsMessage"/> comes after its rows have been received.</returns>
    /// <exception cref="ProtocolException">The stream holds something that is no frame.</exception>
    public WorkerMessage? Read()
    {
        if (!Fill(HeaderBytes))
        {
            return end == start ? null : throw new ProtocolException("The worker's stream ended within a frame's length.");
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(start));
        if (length == 0 || length > maxFrameBytes)
        {
            throw new ProtocolException(
                $"The worker announced a frame of {length} bytes; the limit is {maxFrameBytes}. Something other than frames was written to its stdout.");
        }

        start += HeaderBytes;
        var size = (int)length;
        var head = Math.Min(size, buffer.Length);
        Require(head);
        if (size > buffer.Length && !StartsRows(buffer.AsSpan(start, head)))
        {
            return ReadLarge(size);
        }

        WorkerMessage message = RowsMessage.Received;
        if (!RowsReader.TryRead(buffer.AsMemory(start, head), out var header, out var dataOffset, out var dataLength))
        {
            message = MessageReader.Read(buffer.AsMemory(start, head), out dataOffset, out dataLength);
            header = (message as RowsMessage)?.Header ?? default;
        }

        if (dataOffset + (long)dataLength != size)
        {
            throw new ProtocolException($"A frame of {size} bytes holds a message of {dataOffset + (long)dataLength}.");
        }

        start += dataOffset;
        if (message is RowsMessage)
        {
            ReceiveRows(header, dataLength);
        }

        return message;
    }

    private static bool StartsRows(ReadOnlySpan<byte> head) => head[..Math.Min(head.Length, 16)].IndexOf("rows"u8) >= 0;

    private WorkerMessage ReadLarge(int size)
    {
        if (size > ProtocolVersion.MaxSmallFrameBytes)
        {
            throw new ProtocolException($"The worker sent a frame of {size} bytes that holds no rows; the limit for those is {ProtocolVersion.MaxSmallFrameBytes}.");
        }

        var frame = new byte[size];
        ReadInto(frame);
        var message = MessageReader.Read(frame, out var consumed, out _);
        return consumed == size ? message : throw new ProtocolException($"A frame of {size} bytes holds a message of {consumed}.");
    }

    private void ReceiveRows(RowsHeader header, int dataLength)
    {
        if (dataLength != (long)header.Count * header.Dimension * sizeof(float))
        {
            throw new ProtocolException($"The worker sent {dataLength} bytes for {header.Count} rows of {header.Dimension} values.");
        }

        if (receiver.TryClaim(header, out var rows))
        {
            ReadInto(MemoryMarshal.AsBytes(rows.Span));
            receiver.Complete(header);
            return;
        }

        for (var left = dataLength; left > 0;)
        {
            var part = Math.Min(left, buffer.Length);
            Require(part);
            start += part;
            left -= part;
        }
    }

    private void ReadInto(Span<byte> destination)
    {
        var buffered = Math.Min(end - start, destination.Length);
        buffer.AsSpan(start, buffered).CopyTo(destination);
        start += buffered;
        try
        {
            stream.ReadExactly(destination[buffered..]);
        }
        catch (EndOfStreamException error)
        {
            throw new ProtocolException("The worker's stream ended within a frame.", error);
        }
    }

    private void Require(int count)
    {
        if (!Fill(count))
        {
            throw new ProtocolException("The worker's stream ended within a frame.");
        }
    }

    private bool Fill(int count)
    {
        if (end - start >= count)
        {
            return true;
        }

        buffer.AsSpan(start, end - start).CopyTo(buffer);
        (start, end) = (0, end - start);
        while (end < count)
        {
            var read = stream.Read(buffer.AsSpan(end));
            if (read == 0)
            {
                return false;
            }

            end += read;
        }

        return true;
    }
}
