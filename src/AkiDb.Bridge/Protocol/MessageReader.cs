using System.Text;
using MessagePack;

namespace AkiDb.Bridge.Protocol;

/// <summary>Reads the MessagePack map of one frame into a message, or throws <see cref="ProtocolException"/>.</summary>
internal static class MessageReader
{
    private const int MaxMembers = 64;

    // MessagePackReader reads long strings through a shared pool; a worker's text is bounded by the small-frame limit before it gets here.
    private const int MaxDepth = 16;

    /// <summary>Reads one message.</summary>
    /// <param name="payload">The frame's content, or at least its start up to the bytes of <c>data</c> for a <c>rows</c> message.</param>
    /// <param name="dataOffset">Where the bytes of <c>data</c> start, for a <c>rows</c> message; else the end of the message.</param>
    /// <param name="dataLength">How many bytes <c>data</c> has; 0 for any other message.</param>
    public static WorkerMessage Read(ReadOnlyMemory<byte> payload, out int dataOffset, out int dataLength)
    {
        try
        {
            var reader = new MessagePackReader(payload);
            return ReadMap(ref reader, out dataOffset, out dataLength);
        }
        catch (Exception error) when (error is MessagePackSerializationException or EndOfStreamException or OverflowException or DecoderFallbackException
            or ArgumentOutOfRangeException)
        {
            throw new ProtocolException("A frame from the worker is not a well-formed message.", error);
        }
    }

    private static WorkerMessage ReadMap(ref MessagePackReader reader, out int dataOffset, out int dataLength)
    {
        if (reader.NextMessagePackType != MessagePackType.Map)
        {
            throw new ProtocolException($"A frame from the worker holds a MessagePack {reader.NextMessagePackType} where a map belongs.");
        }

        var members = new MessageMembers();
        var count = reader.ReadMapHeader();
        if (count > MaxMembers)
        {
            throw new ProtocolException($"A message from the worker has {count} members; {MaxMembers} is the limit.");
        }

        dataLength = 0;
        var hasData = false;
        for (var i = 0; i < count; i++)
        {
            var name = ReadKey(ref reader);
            if (name == "data")
            {
                if (i != count - 1)
                {
                    throw new ProtocolException("A message from the worker has members behind 'data', which must be the last.");
                }

                hasData = true;
                dataLength = RowsReader.ReadBinHeader(ref reader);
                break;
            }

            members.Set(name, ReadValue(ref reader, 0));
        }

        dataOffset = checked((int)reader.Consumed);
        var message = members.ToMessage();
        return message is RowsMessage || !hasData ? message : throw new ProtocolException("A message from the worker has 'data', which belongs to rows alone.");
    }

    private static string ReadKey(ref MessagePackReader reader) =>
        reader.ReadString() ?? throw new ProtocolException("A message from the worker has a nil key.");

    private static object? ReadValue(ref MessagePackReader reader, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new ProtocolException("A message from the worker is nested too deeply.");
        }

        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Nil:
                reader.ReadNil();
                return null;
            case MessagePackType.Boolean:
                return reader.ReadBoolean();
            case MessagePackType.Integer:
                return ReadWhole(ref reader);
            case MessagePackType.Float:
                return reader.ReadDouble();
            case MessagePackType.String:
                return reader.ReadString();
            case MessagePackType.Map:
                return ReadNested(ref reader, depth);
            default:
                // Members that this version does not know may have any type.
                reader.Skip();
                return null;
        }
    }

    // A number beyond every member that this version knows can only belong to one that it does not know.
    private static long? ReadWhole(ref MessagePackReader reader)
    {
        if (reader.NextCode != MessagePackCode.UInt64)
        {
            return reader.ReadInt64();
        }

        var value = reader.ReadUInt64();
        return value <= long.MaxValue ? (long)value : null;
    }

    private static Dictionary<string, string> ReadNested(ref MessagePackReader reader, int depth)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        var count = reader.ReadMapHeader();
        for (var i = 0; i < count; i++)
        {
            var key = ReadValue(ref reader, depth + 1) as string;
            var value = ReadValue(ref reader, depth + 1) as string ?? "";
            if (key is not null)
            {
                map[key] = value;
            }
        }

        return map;
    }
}
