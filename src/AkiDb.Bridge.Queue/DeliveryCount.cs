using RabbitMQ.Client;

namespace AkiDb.Bridge.Queue;

/// <summary>How often a message was handed out before.</summary>
internal static class DeliveryCount
{
    /// <summary>Where quorum queues write it, from the second time on. At the first it is whatever the sender has written there.</summary>
    public const string Header = "x-delivery-count";

    /// <summary>Reads a header; 0 for what is no count.</summary>
    public static long Of(IReadOnlyBasicProperties properties, string header) =>
        properties.Headers?.TryGetValue(header, out var count) == true && count is long and > 0 and < int.MaxValue ? (long)count : 0;
}
