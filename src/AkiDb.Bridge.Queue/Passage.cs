using RabbitMQ.Client;

namespace AkiDb.Bridge.Queue;

/// <summary>
/// A message's way from host to host, until it comes to one that has the space or the model that it demands. It stands in headers of the message's own, for each
/// host puts a copy at the end of the queue: a message that is given back comes to the front, and while the right hosts are busy the wrong one would have it again at once.
/// </summary>
internal sealed class Passage
{
    /// <summary>When it was first passed on, and last: milliseconds since 1970.</summary>
    public const string SinceHeader = "x-akidb-passed-since";

    /// <inheritdoc cref="SinceHeader"/>
    public const string LastHeader = "x-akidb-passed-last";

    /// <summary>How often it was handed out in vain before it was last passed on: the broker begins to count anew with each copy.</summary>
    public const string DeliveriesHeader = "x-akidb-deliveries";

    // Between two times that it is passed on. In a queue with nothing else in it, it would go round as fast as the broker can.
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1);

    // The broker's own count is of the message that was copied; to a copy with further addresses the broker would add further queues; and it refuses a user
    // who is not the one of this connection.
    private static readonly string[] NotCopied = [DeliveryCount.Header, "CC", "BCC"];

    private readonly IReadOnlyBasicProperties properties;
    private readonly long now;
    private readonly long since;

    private Passage(IReadOnlyBasicProperties properties, DateTimeOffset at)
    {
        this.properties = properties;
        now = at.ToUnixTimeMilliseconds();

        // The clocks of two hosts differ, and a sender may have written anything.
        since = TimeOf(SinceHeader) ?? now;
        var left = TimeSpan.FromMilliseconds((TimeOf(LastHeader) ?? now) - now) + Round;
        Pause = IsFirst || left < TimeSpan.Zero ? TimeSpan.Zero : left;
        Deliveries = DeliveryCount.Of(properties, DeliveryCount.Header) + DeliveryCount.Of(properties, DeliveriesHeader);
    }

    /// <summary>Whether this is the first host that passes it on.</summary>
    public bool IsFirst => TimeOf(SinceHeader) is null;

    /// <summary>How long it has been passed on.</summary>
    public TimeSpan Age => TimeSpan.FromMilliseconds(now - since);

    /// <summary>How long it stays here first.</summary>
    public TimeSpan Pause { get; }

    /// <summary>How often it was handed out in vain, as to hosts that died of it.</summary>
    public long Deliveries { get; }

    /// <summary>Reads how far a message has come.</summary>
    public static Passage Of(IReadOnlyBasicProperties properties, DateTimeOffset now) => new(properties, now);

    /// <summary>The properties of the copy that is sent at a time.</summary>
    public BasicProperties CopyAt(DateTimeOffset time)
    {
        var headers = (properties.Headers ?? new Dictionary<string, object?>()).Where(header => !NotCopied.Contains(header.Key, StringComparer.Ordinal)).ToDictionary();
        (headers[SinceHeader], headers[LastHeader], headers[DeliveriesHeader]) = (since, time.ToUnixTimeMilliseconds(), Deliveries);
        var copy = new BasicProperties(properties) { Headers = headers };
        copy.ClearUserId();
        return copy;
    }

    private long? TimeOf(string header) => properties.Headers?.TryGetValue(header, out var time) == true && time is long and > 0 && (long)time <= now ? (long)time : null;
}
