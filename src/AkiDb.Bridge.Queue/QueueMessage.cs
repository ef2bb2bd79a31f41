using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using AkiDb.Bridge.AspNetCore;
using RabbitMQ.Client;

namespace AkiDb.Bridge.Queue;

/// <summary>A message of the work queue: the body of <c>POST /api/v1/embed</c>, in JSON or MessagePack, and what its properties say.</summary>
/// <param name="Id">Its own id, or one made of its body: the same message always has the same.</param>
/// <param name="Correlation">What its answer is told apart by.</param>
/// <param name="ReplyTo">The queue that its answer goes to; null for the one for all answers.</param>
/// <param name="IsMessagePack">Whether it is MessagePack, and its answer too.</param>
internal sealed record QueueMessage(string Id, string Correlation, string? ReplyTo, bool IsMessagePack)
{
    public const string MessagePackType = "application/x-msgpack";
    public const string JsonType = "application/json";

    // A property has 255 bytes at most, and the answer's id is longer.
    private const int LongestId = 200;

    // From this priority on it is interactive work; RabbitMQ's own default is 0, and 4 the highest that its quorum queues treat as normal.
    private const int Interactive = 5;

    /// <summary>Reads the properties, which are never wrong. Bytes that are no UTF-8 have become longer than they were sent, and may be more than an answer's property holds.</summary>
    public static QueueMessage Of(IReadOnlyBasicProperties properties, ReadOnlySpan<byte> body)
    {
        var id = IdOf(properties.MessageId, body);
        return new QueueMessage(
            id,
            properties.CorrelationId is { Length: > 0 } correlation && Encoding.UTF8.GetByteCount(correlation) <= byte.MaxValue ? correlation : id,
            properties.ReplyTo is { Length: > 0 } queue ? queue : null,
            MessageContent.IsMessagePack(properties.ContentType));
    }

    /// <summary>Reads the body.</summary>
    /// <exception cref="BridgeException">It is no request (<see cref="BridgeErrorKind.BadInput"/>).</exception>
    public (EmbeddingRequest Request, VectorEncoding Encoding) Read(IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body)
    {
        MessageContent.ExpectPlain(properties);
        var (request, encoding) = EmbedRequestReader.Read(new ReadOnlySequence<byte>(IsMessagePack ? MessagePackJson.Of(body) : body));
        request = SpaceHeader.Apply(MessageContent.SpaceOf(properties), request);
        request = request with { Priority = request.Priority ?? (properties.Priority >= Interactive ? EmbeddingPriority.Interactive : EmbeddingPriority.Bulk) };
        return (request, IsMessagePack ? VectorEncoding.MessagePack : encoding);
    }

    // Of an id that is too long, and of the body: two messages with different ids stay two.
    private static string IdOf(string? given, ReadOnlySpan<byte> body) => given is not { Length: > 0 }
        ? Digest(body)
        : Encoding.UTF8.GetByteCount(given) <= LongestId ? given : Digest([.. SHA256.HashData(Encoding.UTF8.GetBytes(given)), .. SHA256.HashData(body)]);

    private static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..32];
}
