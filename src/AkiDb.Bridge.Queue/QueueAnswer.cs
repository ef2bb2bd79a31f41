using System.Buffers;
using System.Text.Json;
using AkiDb.Bridge.AspNetCore;
using RabbitMQ.Client;

namespace AkiDb.Bridge.Queue;

/// <summary>A message's answer: the body that HTTP would have, vectors or a problem.</summary>
/// <param name="ContentType">What the body is.</param>
/// <param name="Body">The body.</param>
/// <param name="Space">The space of its vectors; null for a problem.</param>
internal sealed record QueueAnswer(string ContentType, ReadOnlyMemory<byte> Body, string? Space)
{
    public const string ProblemType = "application/problem+json";

    /// <summary>The vectors.</summary>
    public static QueueAnswer Of(EmbeddingResult result, VectorEncoding encoding)
    {
        var output = new ArrayBufferWriter<byte>(result.Vectors.Count * result.Space.Dimensions * sizeof(float));
        using var format = AnswerFormat.Of(encoding, output);
        EmbedAnswer.Write(result, format);
        return new QueueAnswer(encoding == VectorEncoding.MessagePack ? QueueMessage.MessagePackType : QueueMessage.JsonType, output.WrittenMemory, result.Space.ToString());
    }

    /// <summary>Why there are none, and never will be.</summary>
    public static QueueAnswer Of(BridgeError error)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output))
        {
            writer.WriteStartObject();
            ProblemWriter.Write(writer, Problem.Of(error), error.Message);
            writer.WriteEndObject();
        }

        return new QueueAnswer(ProblemType, output.WrittenMemory, null);
    }

    /// <summary>The properties of the answer to a message: the same ones however often it is computed.</summary>
    public BasicProperties PropertiesFor(QueueMessage message) => new()
    {
        MessageId = $"{message.Id}.answer",
        CorrelationId = message.Correlation,
        ContentType = ContentType,
        DeliveryMode = DeliveryModes.Persistent,
        Headers = Space is null ? null : new Dictionary<string, object?> { [SpaceHeader.Name] = Space },
    };
}
