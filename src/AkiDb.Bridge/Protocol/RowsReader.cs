using System.Buffers.Binary;
using MessagePack;

namespace AkiDb.Bridge.Protocol;

/// <summary>Reads what precedes the floats of a <c>rows</c> message as workers write it, without allocating.</summary>
internal static class RowsReader
{
    /// <summary>Reads a <c>rows</c> message that begins with its type.</summary>
    /// <param name="payload">The frame's content, or at least its start up to the bytes of <c>data</c>.</param>
    /// <param name="header">What precedes the floats.</param>
    /// <param name="dataOffset">Where the floats start.</param>
    /// <param name="dataLength">How many bytes they have.</param>
    /// <returns>False for anything else, malformed messages included: <see cref="MessageReader"/> knows what to say of those.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> payload, out RowsHeader header, out int dataOffset, out int dataLength)
    {
        (header, dataOffset, dataLength) = (default, 0, 0);
        try
        {
            var reader = new MessagePackReader(payload);
            return reader.NextMessagePackType == MessagePackType.Map && TryReadMap(ref reader, out header, out dataOffset, out dataLength);
        }
        catch (Exception error) when (error is MessagePackSerializationException or EndOfStreamException or OverflowException)
        {
            return false;
        }
    }

    /// <summary>The length of a <c>bin</c> whose bytes have not arrived yet: reading it whole would need them.</summary>
    public static int ReadBinHeader(ref MessagePackReader reader)
    {
        if (reader.NextMessagePackType != MessagePackType.Binary)
        {
            throw new ProtocolException($"'data' from the worker is a MessagePack {reader.NextMessagePackType} where a bin belongs.");
        }

        var header = reader.ReadRaw(1).FirstSpan[0];
        var sizeBytes = header switch
        {
            MessagePackCode.Bin8 => 1,
            MessagePackCode.Bin16 => 2,
            _ => 4,
        };
        Span<byte> size = stackalloc byte[4];
        size.Clear();
        System.Buffers.BuffersExtensions.CopyTo(reader.ReadRaw(sizeBytes), size[(4 - sizeBytes)..]);
        var length = BinaryPrimitives.ReadUInt32BigEndian(size);
        return length <= int.MaxValue ? (int)length : throw new ProtocolException($"'data' from the worker claims {length} bytes.");
    }

    private static bool TryReadMap(ref MessagePackReader reader, out RowsHeader header, out int dataOffset, out int dataLength)
    {
        (header, dataOffset, dataLength) = (default, 0, 0);
        var members = reader.ReadMapHeader();
        if (members != 6 || !Is(ref reader, "type"u8) || !Is(ref reader, "rows"u8))
        {
            return false;
        }

        long? id = null, count = null, dimension = null, compute = null;
        for (var member = 1; member < members - 1; member++)
        {
            if (!reader.TryReadStringSpan(out var name))
            {
                return false;
            }

            // Compared before the value is read: the span is the reader's own memory.
            var which = name.SequenceEqual("id"u8) ? 0 : name.SequenceEqual("count"u8) ? 1 : name.SequenceEqual("dimension"u8) ? 2 : name.SequenceEqual("compute_us"u8) ? 3 : 4;
            if (which == 4 || reader.NextMessagePackType != MessagePackType.Integer)
            {
                return false;
            }

            var value = reader.ReadInt64();
            _ = which switch
            {
                0 => id = value,
                1 => count = value,
                2 => dimension = value,
                _ => compute = value,
            };
        }

        if (!Is(ref reader, "data"u8) || id is null || compute is null || count is not (>= 0 and <= int.MaxValue) || dimension is not (>= 0 and <= int.MaxValue))
        {
            return false;
        }

        dataLength = ReadBinHeader(ref reader);
        dataOffset = checked((int)reader.Consumed);
        header = new RowsHeader(id.Value, (int)count.Value, (int)dimension.Value, compute.Value);
        return true;
    }

    private static bool Is(ref MessagePackReader reader, ReadOnlySpan<byte> text) => reader.TryReadStringSpan(out var span) && span.SequenceEqual(text);
}
