using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MessagePack;

namespace AkiDb.Bridge.UnitTests.Doubles;

/// <summary>A frame from the host, as a worker reads it.</summary>
internal sealed record HostFrame(string Type, long Id, int[] Lengths, int[] Ids, long TimeoutMilliseconds)
{
    /// <summary>The next frame; null at the end of the stream.</summary>
    public static async Task<HostFrame?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var header = new byte[4];
        if (await stream.ReadAtLeastAsync(header, 4, throwOnEndOfStream: false, cancellationToken) < 4)
        {
            return null;
        }

        var content = new byte[BinaryPrimitives.ReadInt32LittleEndian(header)];
        await stream.ReadExactlyAsync(content, cancellationToken);
        return Parse(content);
    }

    /// <summary>What a frame holds behind its length.</summary>
    public static HostFrame Parse(ReadOnlyMemory<byte> content)
    {
        var reader = new MessagePackReader(content);
        var frame = new HostFrame("", 0, [], [], 0);
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            switch (reader.ReadString())
            {
                case "type":
                    frame = frame with { Type = reader.ReadString()! };
                    break;
                case "id":
                    frame = frame with { Id = reader.ReadInt64() };
                    break;
                case "timeout_ms":
                    frame = frame with { TimeoutMilliseconds = reader.ReadInt64() };
                    break;
                case "lengths":
                    frame = frame with { Lengths = Numbers(ref reader) };
                    break;
                case "ids":
                    frame = frame with { Ids = Numbers(ref reader) };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return frame;
    }

    private static int[] Numbers(ref MessagePackReader reader)
    {
        var bytes = reader.ReadBytes()!.Value;
        return MemoryMarshal.Cast<byte, int>(bytes.IsSingleSegment ? bytes.FirstSpan : System.Buffers.BuffersExtensions.ToArray(bytes)).ToArray();
    }
}
