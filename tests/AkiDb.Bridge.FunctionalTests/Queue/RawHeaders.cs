using System.Buffers.Binary;
using RabbitMQ.Client;

namespace AkiDb.Bridge.FunctionalTests.Queue;

/// <summary>Headers as bytes, and no other property: what the protocol allows and the broker passes on, and no client in .NET would write.</summary>
/// <param name="table">Names and values.</param>
internal sealed class RawHeaders(byte[] table) : IReadOnlyBasicProperties, IAmqpHeader
{
    private const ushort OnlyHeaders = 1 << 13;
    private const byte Places = 200;

    /// <summary>A decimal number with more places than .NET's have, at which the library ends its connection.</summary>
    public static RawHeaders Unreadable { get; } = new([1, (byte)'a', (byte)'D', Places, 0, 0, 0, 1]);

    /// <summary>A header that is a list, in which is a list, and so on: the library reads them by recursion.</summary>
    public static RawHeaders Nested(int depth)
    {
        const int ListBytes = 1 + sizeof(uint);
        byte[] table = [1, (byte)'a', .. new byte[depth * ListBytes]];
        for (var rest = table.AsSpan(2); rest.Length > 0; rest = rest[ListBytes..])
        {
            rest[0] = (byte)'A';
            BinaryPrimitives.WriteUInt32BigEndian(rest[1..], (uint)(rest.Length - ListBytes));
        }

        return new RawHeaders(table);
    }

    public ushort ProtocolClassId => 60;

    public string? AppId => null;

    public string? ClusterId => null;

    public string? ContentEncoding => null;

    public string? ContentType => null;

    public string? CorrelationId => null;

    public DeliveryModes DeliveryMode => default;

    public string? Expiration => null;

    public IDictionary<string, object?>? Headers => null;

    public string? MessageId => null;

    public bool Persistent => false;

    public byte Priority => 0;

    public string? ReplyTo => null;

    public PublicationAddress? ReplyToAddress => null;

    public AmqpTimestamp Timestamp => default;

    public string? Type => null;

    public string? UserId => null;

    public bool IsAppIdPresent() => false;

    public bool IsClusterIdPresent() => false;

    public bool IsContentEncodingPresent() => false;

    public bool IsContentTypePresent() => false;

    public bool IsCorrelationIdPresent() => false;

    public bool IsDeliveryModePresent() => false;

    public bool IsExpirationPresent() => false;

    public bool IsHeadersPresent() => true;

    public bool IsMessageIdPresent() => false;

    public bool IsPriorityPresent() => false;

    public bool IsReplyToPresent() => false;

    public bool IsTimestampPresent() => false;

    public bool IsTypePresent() => false;

    public bool IsUserIdPresent() => false;

    public int GetRequiredBufferSize() => sizeof(ushort) + sizeof(uint) + table.Length;

    public int WriteTo(Span<byte> span)
    {
        BinaryPrimitives.WriteUInt16BigEndian(span, OnlyHeaders);
        BinaryPrimitives.WriteUInt32BigEndian(span[sizeof(ushort)..], (uint)table.Length);
        table.CopyTo(span[(sizeof(ushort) + sizeof(uint))..]);
        return GetRequiredBufferSize();
    }
}
