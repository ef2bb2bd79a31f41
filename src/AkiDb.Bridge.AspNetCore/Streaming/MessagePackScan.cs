using System.Buffers.Binary;

namespace AkiDb.Bridge.AspNetCore.Streaming;

/// <summary>Finds the end of a MessagePack value, over as many pieces as it comes in, without keeping any of it.</summary>
internal struct MessagePackScan
{
    private const byte NeverUsed = 0xC1;

    // Values that are still to come, and bytes of the current one.
    private long values = 1;
    private long bytes;

    public MessagePackScan()
    {
    }

    /// <summary>Whether the value's last byte has been passed.</summary>
    public readonly bool IsAtEnd => values == 0 && bytes == 0 && !IsBroken;

    /// <summary>Whether this is no MessagePack.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Passes over what belongs to the value.</summary>
    /// <returns>The bytes that were passed; fewer than there are at the value's end, and where a header is not complete.</returns>
    public int Pass(ReadOnlySpan<byte> piece)
    {
        var at = 0;
        while (!IsBroken)
        {
            var passed = (int)Math.Min(bytes, piece.Length - at);
            (bytes, at) = (bytes - passed, at + passed);
            if (bytes > 0 || values == 0 || at == piece.Length || !TryReadHeader(piece[at..], out var header))
            {
                break;
            }

            at += header;
        }

        return at;
    }

    private bool TryReadHeader(ReadOnlySpan<byte> piece, out int length)
    {
        var code = piece[0];
        var sized = SizeBytes(code);
        length = 1 + sized;
        if (piece.Length < length)
        {
            return false;
        }

        long size = sized switch
        {
            1 => piece[1],
            2 => BinaryPrimitives.ReadUInt16BigEndian(piece[1..]),
            4 => BinaryPrimitives.ReadUInt32BigEndian(piece[1..]),
            _ => 0L,
        };
        values--;
        switch (code)
        {
            case NeverUsed:
                IsBroken = true;
                break;
            case <= 0x7F or >= 0xE0 or 0xC0 or 0xC2 or 0xC3:
                break;
            case <= 0x8F:
                values += 2 * (code & 0x0F);
                break;
            case <= 0x9F:
                values += code & 0x0F;
                break;
            case <= 0xBF:
                bytes = code & 0x1F;
                break;
            case <= 0xC6 or (>= 0xD9 and <= 0xDB):
                bytes = size;
                break;
            case <= 0xC9:
                bytes = size + 1;
                break;
            case 0xCA or 0xCE or 0xD2:
                bytes = 4;
                break;
            case 0xCB or 0xCF or 0xD3:
                bytes = 8;
                break;
            case 0xCC or 0xD0:
                bytes = 1;
                break;
            case 0xCD or 0xD1:
                bytes = 2;
                break;
            case <= 0xD8:
                bytes = 1 + (1 << (code - 0xD4));
                break;
            case 0xDC or 0xDD:
                values += size;
                break;
            default:
                values += 2 * size;
                break;
        }

        return true;
    }

    private static int SizeBytes(byte code) => code switch
    {
        0xC4 or 0xC7 or 0xD9 => 1,
        0xC5 or 0xC8 or 0xDA or 0xDC or 0xDE => 2,
        0xC6 or 0xC9 or 0xDB or 0xDD or 0xDF => 4,
        _ => 0,
    };
}
