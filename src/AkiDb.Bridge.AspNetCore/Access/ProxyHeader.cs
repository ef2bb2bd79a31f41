using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace AkiDb.Bridge.AspNetCore.Access;

/// <summary>The header of the PROXY protocol, versions 1 and 2: what a load balancer writes before everything else on a connection.</summary>
/// <param name="Length">Its bytes; 0 when there is none.</param>
/// <param name="Source">For whom the proxy asks; null when it asks for itself, or does not know.</param>
internal readonly record struct ProxyHeader(int Length, IPEndPoint? Source)
{
    private const int MostOfVersion1 = 107;
    private const int LeastOfVersion2 = 16;
    private const int LongestVersion2 = 4096;
    private const int Command = 12;
    private const int Family = 13;
    private const int RestLength = 14;
    private const int Version2 = 2;
    private const int FamilyV4 = 1;
    private const int FamilyV6 = 2;
    private const int BytesV4 = 4;
    private const int BytesV6 = 16;

    private static ReadOnlySpan<byte> Signature1 => "PROXY "u8;

    private static ReadOnlySpan<byte> Signature2 => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Looks for a header.</summary>
    /// <param name="buffer">What has come.</param>
    /// <param name="header">What it is.</param>
    /// <returns>False when more must come before there is telling.</returns>
    /// <exception cref="FormatException">It begins as a header, and is none.</exception>
    public static bool TryRead(ReadOnlySequence<byte> buffer, out ProxyHeader header)
    {
        var bytes = buffer.Slice(0, Math.Min(buffer.Length, LongestVersion2)).ToArray().AsSpan();
        header = default;
        if (bytes.StartsWith(Signature2))
        {
            return TryReadVersion2(bytes, out header);
        }

        if (bytes.StartsWith(Signature1))
        {
            return TryReadVersion1(bytes, out header);
        }

        // Nothing else begins so, but more may have to come to see that.
        return !(Signature2.StartsWith(bytes) || Signature1.StartsWith(bytes));
    }

    private static bool TryReadVersion1(ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = default;
        var end = bytes[..Math.Min(bytes.Length, MostOfVersion1)].IndexOf("\r\n"u8);
        if (end < 0)
        {
            return bytes.Length < MostOfVersion1 ? false : throw new FormatException("The PROXY line has no end.");
        }

        header = Encoding.ASCII.GetString(bytes[..end]).Split(' ') switch
        {
            ["PROXY", "UNKNOWN", ..] => new ProxyHeader(end + 2, null),
            ["PROXY", "TCP4" or "TCP6", var source, _, var port, _] when IPAddress.TryParse(source, out var address) && ushort.TryParse(port, out var number) =>
                new ProxyHeader(end + 2, new IPEndPoint(address, number)),
            _ => throw new FormatException("The PROXY line cannot be read."),
        };
        return true;
    }

    private static bool TryReadVersion2(ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = default;
        if (bytes.Length < LeastOfVersion2)
        {
            return false;
        }

        var length = LeastOfVersion2 + BinaryPrimitives.ReadUInt16BigEndian(bytes[RestLength..]);
        if (bytes[Command] >> 4 != Version2 || (bytes[Command] & 0xF) > 1 || length > LongestVersion2)
        {
            throw new FormatException("The PROXY header cannot be read.");
        }

        if (bytes.Length < length)
        {
            return false;
        }

        var isLocal = (bytes[Command] & 0xF) == 0;
        var rest = bytes[LeastOfVersion2..length];
        header = new ProxyHeader(length, isLocal ? null : (bytes[Family] >> 4) switch
        {
            FamilyV4 => Read(rest, BytesV4),
            FamilyV6 => Read(rest, BytesV6),
            _ => null,
        });
        return true;
    }

    // Source, destination, source's port, destination's port.
    private static IPEndPoint Read(ReadOnlySpan<byte> rest, int size) => rest.Length >= (2 * size) + (2 * sizeof(ushort))
        ? new IPEndPoint(new IPAddress(rest[..size]), BinaryPrimitives.ReadUInt16BigEndian(rest[(2 * size)..]))
        : throw new FormatException("The PROXY header is too short for its addresses.");
}
